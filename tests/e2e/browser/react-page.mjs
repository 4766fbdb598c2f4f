/** The page of the React test: the React example of docs/clients.md, and nothing else. JavaScript, as only the example knows DOM types. */
/* global document, location, URLSearchParams */
import { showPage } from '../../../clients/examples/src/chat-page.tsx';

showPage(document.getElementById('root'), new URLSearchParams(location.search).get('url'));

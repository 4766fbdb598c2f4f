/** The functions that page.reader.ts runs in worker threads. */
export { analysePage } from './page.analysis';
export { pageHtml } from './page.markdown';

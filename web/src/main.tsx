/** The entry of the web client: chooses the page. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Provider } from 'urql';
import { createClients } from './graph/client';
import { RoomPage } from './rooms/room-page';
import { Entry } from './session/entry';
import { readSession } from './session/session';

const session = readSession(location.hash);
const root = createRoot(document.getElementById('root')!);
if (session) {
  const clients = createClients(session);
  root.render(
    <Provider value={clients.urql}>
      <RoomPage session={session} clients={clients} />
    </Provider>,
  );
} else
  root.render(
    <StrictMode>
      <Entry />
    </StrictMode>,
  );

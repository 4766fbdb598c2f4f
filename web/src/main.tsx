/** The entry of the web client: the room of the fragment for an account that is logged in, otherwise the form. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Provider } from 'urql';
import { createClients } from './graph/client';
import { RoomPage } from './rooms/room-page';
import { Entry } from './session/entry';
import { readPlace } from './session/place';

const place = readPlace(location.hash);
const clients = createClients(place.url);
const { session } = clients.chat;
const root = createRoot(document.getElementById('root')!);

if (place.roomId && session.userId !== undefined) {
  // Nothing of an account is left on the page after its log-out.
  session.onChange(({ type }) => {
    if (type !== 'renewed') location.reload();
  });
  root.render(
    <Provider value={clients.urql}>
      <RoomPage place={place} clients={clients} />
    </Provider>,
  );
} else {
  clients.chat.dispose();
  root.render(
    <StrictMode>
      <Entry place={place} />
    </StrictMode>,
  );
}

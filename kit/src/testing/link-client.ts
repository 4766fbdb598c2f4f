/** The client's side of a request link, line by line. */
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { LINK_PROTOCOL } from '../graphql/request-link';

export interface LinkClient extends AsyncDisposable {
  socket: Socket;
  write(...lines: string[]): void;
  /** The next line. @throws if the link has ended */
  line(): Promise<string>;
}

/** @throws the status if the upgrade is refused */
export async function openLink(url: string): Promise<LinkClient> {
  const asked = request(url, { headers: { connection: 'upgrade', upgrade: LINK_PROTOCOL } }).end();
  const refused = once(asked, 'response').then(([response]: IncomingMessage[]) => {
    response!.resume();
    throw new Error(`The upgrade was refused with status ${response!.statusCode}.`);
  });
  const [, socket] = (await Promise.race([once(asked, 'upgrade'), refused])) as [IncomingMessage, Socket];
  const lines = createInterface(socket)[Symbol.asyncIterator]();
  return {
    socket,
    write: (...texts) => void socket.write(texts.join('')),
    async line() {
      const { done, value } = await lines.next();
      if (done) throw new Error('The link has ended.');
      return value;
    },
    async [Symbol.asyncDispose]() {
      if (socket.closed) return;
      socket.destroy();
      await once(socket, 'close');
    },
  };
}

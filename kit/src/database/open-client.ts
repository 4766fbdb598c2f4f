/** One connection outside the pools: for scripts, and for servers that may stop meanwhile. */
import { Client, type ClientConfig } from 'pg';

/**
 * Connects; disposal ends the connection. If the server closes it between two statements, the next one rejects.
 * @example
 * await using client = await openClient(url);
 * @throws the driver's errors
 */
export async function openClient(config: string | ClientConfig): Promise<Client & AsyncDisposable> {
  const client = new Client(config);
  // Without a listener, a connection that the server closes would end this process.
  client.on('error', () => undefined);
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

/** The first steps of docs/clients.md, as they are printed there. */
import WebSocket from 'ws';
import { firstSteps } from '../../../clients/examples/src/first-steps.ts';
import { startRestartableChat } from '../../harness/restartable-chat';

test('a guest sees a message of their own in #general', async () => {
  await using chat = await startRestartableChat();
  const lines: string[] = [];
  await firstSteps({ url: chat.url, webSocketImpl: WebSocket }, (line) => lines.push(line));
  expect(lines).toEqual(['Hello from the first steps']);
}, 300_000);

/** The order of signals. */
import { eventually } from '@chat/kit/testing/eventually';
import { SignalQueue } from '../../../web/src/rooms/signal-queue';

/** A server that accepts signals when the test says so. */
function slowServer() {
  const arrived: string[] = [];
  const accept: ((isAccepted: boolean) => void)[] = [];
  const send = (to: string, signal: string) =>
    new Promise<void>((resolve, reject) => {
      arrived.push(`${to} ${signal}`);
      accept.push((isAccepted) => (isAccepted ? resolve() : reject(new Error('NOT_FOUND'))));
    });
  return { arrived, accept, send };
}

test('a signal waits for the one before to the same account, and for no other', async () => {
  const { arrived, accept, send } = slowServer();
  const queue = new SignalQueue(send);
  queue.push('ada', 'offer');
  queue.push('ada', 'candidate');
  queue.push('bob', 'offer');
  await eventually(() => expect(arrived).toEqual(['ada offer', 'bob offer']), 'two signals');
  accept[0]!(true);
  await eventually(() => expect(arrived).toEqual(['ada offer', 'bob offer', 'ada candidate']), 'the third signal');
});

test('a refused signal does not stop later ones', async () => {
  const { arrived, accept, send } = slowServer();
  const queue = new SignalQueue(send);
  queue.push('ada', 'offer');
  queue.push('ada', 'bye');
  await eventually(() => expect(arrived).toHaveLength(1), 'the first signal');
  accept[0]!(false);
  await eventually(() => expect(arrived).toEqual(['ada offer', 'ada bye']), 'the second signal');
});

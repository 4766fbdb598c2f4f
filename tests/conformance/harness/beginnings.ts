/** Detection of the start of a subscription without a cursor: another person acts until the subscription reports it. */
import type { Data, Person } from './person';
import type { Watch } from './watch';

/** Sends messages of `author` until `watch` receives one. @returns the last message, as received */
export function messagesAreHeard(watch: Watch, author: Person, channelId: string): Promise<Data> {
  return watch.hasBegun(
    () => author.does('SendMessage', { input: { channelId, body: 'is anybody there?' } }),
    (heard, sent) => (heard.message ?? heard).id === sent.id,
  );
}

/** Changes the status of `person` until `watch` receives it. */
export async function presenceIsSeen(watch: Watch, person: Person): Promise<void> {
  let isBusy = false;
  await watch.hasBegun(
    async () => {
      isBusy = !isBusy;
      return (await person.does('SetPresence', { status: isBusy ? 'BUSY' : 'AWAY' })).status as string;
    },
    (seen, status) => seen.status === status,
  );
}

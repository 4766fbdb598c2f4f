/** How tests know that a subscription without a cursor has begun: by the effect of what somebody else does until it is heard. */
import type { Data, Person } from './person';
import type { Watch } from './watch';

/** `watch` follows the messages of the channel; `author` writes there. @returns the last of what was written, as it was heard */
export function messagesAreHeard(watch: Watch, author: Person, channelId: string): Promise<Data> {
  return watch.hasBegun(
    () => author.does('SendMessage', { input: { channelId, body: 'is anybody there?' } }),
    (heard, sent) => (heard.message ?? heard).id === sent.id,
  );
}

/** `watch` follows the presence of `person`. */
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

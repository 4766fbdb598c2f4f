/** The slowness of the machine, for promised deadlines: other work on its processors delays a test's own requests too. */
import { inTime } from '@chat/kit/testing/eventually';
import { MeDocument, RemoveMemberDocument } from '../generated/operations';
import { follow } from './follow';
import { RemotePerson } from './remote-person';

let people = 0;

/**
 * A deadline that is promised on an idle machine: `promisedMs`, and three times the duration of a removal without a fault, from the request
 * to the end of the member's subscription. On an idle machine that adds about a tenth of a second.
 * @param owner removes a new member that follows the channel at `url`
 */
export async function deadline(promisedMs: number, owner: RemotePerson, url: string): Promise<number> {
  await using member = await RemotePerson.registers(url, `measured${++people}`);
  const { channelId } = await owner.opens(member);
  const { me } = await member.does(MeDocument, {});
  const following = await follow(url, member.token!, channelId, () => owner.sends(channelId, 'hello'));
  const began = performance.now();
  await owner.does(RemoveMemberDocument, { channelId, userId: me.id });
  const { at } = await inTime('the end of the subscription', following.ended);
  following.close();
  return promisedMs + 3 * (at - began);
}

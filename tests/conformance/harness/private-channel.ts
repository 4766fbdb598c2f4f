/** The private channel of most scenarios. */
import type { Person } from './person';

/** Creates a private channel of `owner` with `members`. @returns its id */
export async function privateChannel(owner: Person, name: string, ...members: Person[]): Promise<string> {
  const input = { name, type: 'PRIVATE', memberIds: members.map(({ id }) => id) };
  return (await owner.does('CreateChannel', { input })).id as string;
}

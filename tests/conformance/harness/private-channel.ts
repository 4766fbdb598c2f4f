/** Where most scenarios take place. */
import type { Person } from './person';

/** Makes a private channel of `owner`, in which `members` are, too. @returns its id */
export async function privateChannel(owner: Person, name: string, ...members: Person[]): Promise<string> {
  const input = { name, type: 'PRIVATE', memberIds: members.map(({ id }) => id) };
  return (await owner.does('CreateChannel', { input })).id as string;
}

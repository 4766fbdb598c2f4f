/** Resolves references of other subgraphs to rooms. The policy has been applied before. */
import type { RoomsContext } from '../context';

export const roomReference = async ({ id }: { id: string }, { loaders }: RoomsContext) =>
  (await loaders.room.accessRoom(id))?.room ?? null;

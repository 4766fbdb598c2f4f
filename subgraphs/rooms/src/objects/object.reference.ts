/** Resolves references of other subgraphs to objects. The policy has been applied before. */
import type { RoomsContext } from '../context';

export const objectReference = async ({ id }: { id: string }, { loaders }: RoomsContext) =>
  (await loaders.object.accessObject(id))?.object ?? null;

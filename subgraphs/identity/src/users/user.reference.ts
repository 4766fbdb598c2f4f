/** Resolves accounts that other subgraphs refer to by id. */
import type { IdentityContext } from '../context';

export const userReference = ({ id }: { id: string }, { loaders }: IdentityContext) => loaders.user.load(id);

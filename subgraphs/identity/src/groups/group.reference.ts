/** Resolves groups that other subgraphs refer to by id. The policy decides about access. */
import type { IdentityContext } from '../context';

export const groupReference = ({ id }: { id: string }, { loaders }: IdentityContext) => loaders.group.load(id);

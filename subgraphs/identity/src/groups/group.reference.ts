/** Other subgraphs refer to a group by id. Its policy decides before. */
import type { IdentityContext } from '../context';

export const groupReference = ({ id }: { id: string }, { loaders }: IdentityContext) => loaders.group.load(id);

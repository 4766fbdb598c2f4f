/** Other subgraphs refer to a project by id. Its policy has been asked before. */
import type { MessagingContext } from '../../context';

export const projectReference = ({ id }: { id: string }, { loaders }: MessagingContext) =>
  loaders.project.accessProject(id);

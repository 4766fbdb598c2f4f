/** Resolves references to projects from other subgraphs. The policy runs before. */
import type { MessagingContext } from '../../context';

export const projectReference = ({ id }: { id: string }, { loaders }: MessagingContext) =>
  loaders.project.accessProject(id);

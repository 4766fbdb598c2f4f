/** Resolves references of other subgraphs to files. The policy has been applied before. */
import type { FilesContext } from '../context';

export const fileReference = async ({ id }: { id: string }, { loaders }: FilesContext) =>
  (await loaders.file.accessFile(id))?.file ?? null;

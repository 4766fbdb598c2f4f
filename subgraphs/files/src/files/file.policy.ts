/** Access to files. A file that the viewer may not see is NOT_FOUND, the same as one that does not exist. */
import { forbidden, notFound } from '@chat/kit/errors';
import { isLoggedIn, rule, withParent, type Policy } from '@chat/kit/graphql/policy';
import type { FilesContext } from '../context';
import { canDelete, canShare, type FileAccess } from './file.rules';

/** The arguments that name a file. */
interface FileArguments {
  id?: string;
}

/** A rule about one file: NOT_FOUND comes first, then `check`. */
const fileRule = (name: string, check: (access: FileAccess) => boolean) =>
  rule<FilesContext, FileArguments, { id?: string } | undefined>(name, async ({ loaders, viewer }, { id }, parent) => {
    const access = await loaders.file.accessFile(id ?? parent?.id ?? '');
    if (!access) return viewer ? notFound('File') : false;
    return check(access) || forbidden('You see this file, but may not do this with it.');
  });

const seesFile = fileRule('sees the file', () => true);
const deletesFile = fileRule('may delete the file', canDelete);
const sharesFile = fileRule('may share the file', canShare);

export const filePolicy: Policy = {
  fields: {
    Query: { file: seesFile, myFiles: isLoggedIn, usage: isLoggedIn },
    Mutation: { deleteFile: deletesFile, shareFile: sharesFile },
    Subscription: { fileStatusChanged: seesFile },
    File: withParent(
      'id',
      'name',
      'mimeType',
      'size',
      'sha256',
      'status',
      'scan',
      'metadata',
      'owner',
      'createdAt',
      'downloadUrl',
      'thumbnailUrl',
      'previewUrl',
      'textUrl',
    ),
    FileScan: withParent('verdict', 'signature', 'scannedAt'),
    FileUsage: withParent('usedBytes', 'quotaBytes'),
    FileStatusChange: withParent('cursor', 'id', 'status', 'scan', 'file'),
    User: withParent('id'),
  },
  references: { File: seesFile },
};

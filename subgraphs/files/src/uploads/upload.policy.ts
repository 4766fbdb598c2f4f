/** The rules for uploading and for completing an upload. */
import { forbidden, notFound } from '@chat/kit/errors';
import { rule, withParent, type Policy } from '@chat/kit/graphql/policy';
import type { FilesContext } from '../context';
import { canUpload, isOwner } from '../files/file.rules';

const uploads = rule<FilesContext>('may upload files', ({ viewer }) => canUpload(viewer));

const completes = rule<FilesContext, { id: string }>('began the upload', async ({ loaders, viewer }, { id }) => {
  const access = await loaders.file.accessFile(id);
  if (!access) return viewer ? notFound('File') : false;
  return isOwner(access) || forbidden('Only the account that began the upload completes it.');
});

export const uploadPolicy: Policy = {
  fields: {
    Mutation: { beginUpload: uploads, completeUpload: completes },
    Upload: withParent('file', 'uploadUrl', 'method', 'headers', 'resumableUrl', 'expiresAt'),
    UploadHeader: withParent('name', 'value'),
  },
  references: {},
};

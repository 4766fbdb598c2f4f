/** Uploads in the graph. The bytes never pass through it. */
import { viewerOf } from '@chat/kit/graphql/context';
import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import type { FilesContext } from '../context';
import type { FileEntity } from '../files/file.entity';
import { File } from '../files/file.type';
import { BeginUploadInput } from './upload.input';
import { Upload } from './upload.type';

@Resolver()
export class UploadResolver {
  @Mutation(() => Upload, {
    description:
      'Begins an upload and returns the URLs for its bytes. LIMIT_EXCEEDED if the file is too large or the quota is used up.',
  })
  beginUpload(
    @Ctx() context: FilesContext,
    @Arg('input', () => BeginUploadInput, { description: 'The file.' }) input: BeginUploadInput,
  ) {
    return context.services.uploads.beginUpload(context.em, viewerOf(context).id, input);
  }

  @Mutation(() => File, {
    description:
      'Completes an upload: verifies its size and SHA-256, and starts the scan. Idempotent. CONFLICT if bytes are missing; BAD_USER_INPUT if they do not match, and the bytes can be sent again then.',
  })
  async completeUpload(
    @Ctx() { em, loaders, services }: FilesContext,
    @Arg('id', () => ID, { description: 'The file.' }) id: string,
  ): Promise<FileEntity> {
    const file = await services.uploads.completeUpload(em, id);
    loaders.file.clear(file.id);
    return file;
  }
}

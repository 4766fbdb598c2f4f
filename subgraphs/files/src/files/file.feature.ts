/** Files: everything that the feature brings to its subgraph. */
import { publishAccessChanges } from '@chat/identity-client/access/access-changes';
import type { FilesFeature } from '../feature';
import { AttachedFiles } from './attached-files';
import { FileDeletion, REMOVE_OBJECTS } from './file.deletion';
import { FileSharing } from './file.sharing';
import { BlobEntity, FileEntity } from './file.entity';
import { fileStream } from './file.events';
import { FileLoader } from './file.loader';
import { filePolicy } from './file.policy';
import { fileReference } from './file.reference';
import { FileResolver } from './file.resolver';
import { FileService } from './file.service';

export const fileFeature: FilesFeature<{
  services: { files: FileService; attachedFiles: AttachedFiles; deletion: FileDeletion; sharing: FileSharing };
  loaders: { file: FileLoader };
}> = {
  name: 'files',
  entities: [FileEntity, BlobEntity],
  resolvers: [FileResolver],
  references: { File: fileReference },
  policy: filePolicy,
  streams: [fileStream],
  services({ config, fork, jobs, log, redis, store }) {
    const attachedFiles = new AttachedFiles();
    return {
      attachedFiles,
      files: new FileService(config.FILE_QUOTA_BYTES),
      sharing: new FileSharing((userId) => publishAccessChanges(redis, [userId], config.REDIS_PREFIX)),
      deletion: new FileDeletion({
        fork,
        jobs,
        log,
        store,
        attachedFiles,
        orphanDays: config.FILE_ORPHAN_DAYS,
        uploadSeconds: config.UPLOAD_SECONDS,
      }),
    };
  },
  loaders: ({ em, viewer, parts: { services } }) => ({ file: new FileLoader(em, viewer, services.attachedFiles) }),
  jobs: ({ services }) => ({ tasks: { [REMOVE_OBJECTS]: services.deletion.removeObjects } }),
  removeExpired: ({ services }) => services.deletion.removeExpired(),
};

/** Thumbnails of avatars: drawn by Chromium in jobs if the operator allows it. */
import type { RoomsFeature } from '../../feature';
import { SKIN_HASHES } from '../skin-hashes';
import { thumbnailJobs } from './thumbnail.jobs';
import { ThumbnailRenderer } from './thumbnail.renderer';
import { ThumbnailService } from './thumbnail.service';

export const thumbnailFeature: RoomsFeature<{ services: { thumbnails: ThumbnailService } }> = {
  name: 'thumbnails',
  services: ({ config, jobs }) => ({ thumbnails: new ThumbnailService(jobs, config.CHROMIUM_COMMAND !== undefined) }),
  jobs({ config, fork, jobs, log }) {
    const { CHROMIUM_COMMAND: command, CHROMIUM_SANDBOX: isSandboxed, THUMBNAIL_SECONDS: seconds } = config;
    if (command === undefined) return { tasks: {} };
    const memoryBytes = config.THUMBNAIL_MEMORY_MB * 2 ** 20;
    const renderer = new ThumbnailRenderer({ command, isSandboxed, seconds, memoryBytes });
    return thumbnailJobs({ fork, jobs, renderer, skinHashes: SKIN_HASHES, log });
  },
  removeExpired: async ({ fork }) => {
    await fork().execute(
      `delete from rooms.thumbnails t where created_at < now() - interval '1 day' and model_sha256 not in (?)
       and not exists (select from rooms.models m where m.sha256 = t.model_sha256)`,
      [SKIN_HASHES],
    );
  },
};

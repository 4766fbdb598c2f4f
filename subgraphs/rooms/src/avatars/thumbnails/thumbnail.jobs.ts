/** The jobs of thumbnails: one for each model that an avatar shows, and a cron job for those that have none yet. One model at a time. */
import type { EntityManager } from '@chat/kit/database/database';
import type { Jobs, JobTask } from '@chat/kit/jobs/jobs';
import type { Logger } from '@chat/kit/logging';
import { skinOfHash } from '../skin-hashes';
import { skinModel } from '../skin-model';
import { UndrawableModel, type ThumbnailRenderer } from './thumbnail.renderer';

const RENDER = 'render-thumbnail';
const RENDER_MISSING = 'render-missing-thumbnails';
/** If Chromium does not start, the cron job tries again. */
const ATTEMPTS = 3;
const QUEUE = 'thumbnails';

interface Payload {
  sha256: string;
}

/** Those of installations that have allowed Chromium since, and those whose job was lost. */
const FIND_MISSING = `select sha256 from (
    select jsonb_array_elements_text(?::jsonb) as sha256, '-infinity'::timestamptz as created_at
    union all select sha256, created_at from rooms.models) m
  where not exists (select from rooms.thumbnails t where t.model_sha256 = m.sha256) order by created_at limit 1000`;

export const enqueueThumbnail = (jobs: Jobs, tx: EntityManager, sha256: string): Promise<void> =>
  jobs.enqueue(tx, RENDER, { sha256 } satisfies Payload, {
    key: `${RENDER}:${sha256}`,
    queue: QUEUE,
    maxAttempts: ATTEMPTS,
  });

export interface ThumbnailDeps {
  fork: () => EntityManager;
  jobs: Jobs;
  renderer: ThumbnailRenderer;
  /** The models of skins, which are no rows. */
  skinHashes: readonly string[];
  log: Logger;
}

export function thumbnailJobs({ fork, jobs, renderer, skinHashes, log }: ThumbnailDeps) {
  const render: JobTask = async ({ sha256 }: Payload, { signal }) => {
    const em = fork();
    const [known] = await em.execute('select from rooms.thumbnails where model_sha256 = ?', [sha256]);
    const model = known ? undefined : await modelOf(em, sha256);
    if (!model) return;
    const { image, problem } = await renderer.render(model, signal).then(
      (png) => ({ image: png.toString('base64'), problem: null }),
      (error: unknown) => {
        if (!(error instanceof UndrawableModel)) throw error;
        log.warn({ err: error, model: sha256 }, 'a model has no thumbnail');
        return { image: null, problem: error.message };
      },
    );
    await em.execute(
      `insert into rooms.thumbnails (model_sha256, image, problem, created_at)
       values (?, decode(?::text, 'base64'), ?, now()) on conflict do nothing`,
      [sha256, image, problem],
    );
  };

  const renderMissing: JobTask = async () => {
    const em = fork();
    const models = await em.execute<Payload[]>(FIND_MISSING, [JSON.stringify(skinHashes)]);
    for (const { sha256 } of models) await em.transactional((tx) => enqueueThumbnail(jobs, tx, sha256));
  };

  return { tasks: { [RENDER]: render, [RENDER_MISSING]: renderMissing }, cron: [`*/10 * * * * ${RENDER_MISSING}`] };
}

async function modelOf(em: EntityManager, sha256: string): Promise<Buffer | undefined> {
  const skin = skinOfHash(sha256);
  if (skin) return skinModel(skin);
  const [row] = await em.execute<{ bytes: Buffer }[]>('select bytes from rooms.models where sha256 = ?', [sha256]);
  return row && Buffer.from(row.bytes);
}

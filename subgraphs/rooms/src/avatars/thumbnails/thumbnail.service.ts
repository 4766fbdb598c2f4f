/** Orders thumbnails of models. Draws nothing itself. */
import type { EntityManager } from '@chat/kit/database/database';
import type { Jobs } from '@chat/kit/jobs/jobs';
import { enqueueThumbnail } from './thumbnail.jobs';

export class ThumbnailService {
  constructor(
    private readonly jobs: Jobs,
    /** Whether this installation draws thumbnails. */
    readonly isOn: boolean,
  ) {}

  /** In the transaction that makes an avatar show the model. A model that has a thumbnail keeps it. */
  async order(tx: EntityManager, sha256: string): Promise<void> {
    if (this.isOn) await enqueueThumbnail(this.jobs, tx, sha256);
  }
}

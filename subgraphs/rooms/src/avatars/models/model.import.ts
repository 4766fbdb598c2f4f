/** Takes over an uploaded file as the model of an avatar: downloads it as its owner, validates it, stores its bytes unchanged. */
import { secretOf } from '@chat/kit/auth/derived-keys';
import { createHash } from 'node:crypto';
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput } from '@chat/kit/errors';
import { isId } from '@chat/kit/ids';
import type { RoomsConfig } from '../../config';
import { downloadFile, type FileViewer } from '@chat/kit/auth/file-download';
import type { ModelValidator } from './model-validator';

export class ModelImport {
  constructor(
    private readonly config: RoomsConfig,
    private readonly validator: ModelValidator,
  ) {}

  /** @returns the model's SHA-256. @throws BAD_USER_INPUT if the viewer cannot read the file, or if it is no valid model */
  async importModel(em: EntityManager, viewer: FileViewer, fileId: string): Promise<string> {
    const bytes = isId(fileId) ? await this.download(viewer, fileId.toLowerCase()) : undefined;
    if (!bytes) throw badUserInput({ modelFileId: 'There is no complete file with this id.' });
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const [known] = await em.execute('select sha256 from rooms.models where sha256 = ?', [sha256]);
    if (known) return sha256;
    const limits = { triangles: this.config.MODEL_MAX_TRIANGLES };
    const { problems, format, animations } = await this.validator.check({ bytes, limits });
    if (problems.length > 0 || format === null)
      throw badUserInput({ modelFileId: problems.slice(0, 5).join(' ') || 'The file is no model.' });
    await em.execute(
      `insert into rooms.models (sha256, format, bytes, animations, created_at)
       values (?, ?, decode(?, 'base64'), ?::jsonb, now()) on conflict do nothing`,
      [sha256, format, bytes.toString('base64'), JSON.stringify([...new Set(animations)])],
    );
    return sha256;
  }

  private async download(viewer: FileViewer, fileId: string): Promise<Buffer | undefined> {
    const { PUBLIC_URL, FILES_URL, MODEL_MAX_BYTES } = this.config;
    const source = { secret: secretOf(this.config), publicUrl: FILES_URL ?? PUBLIC_URL };
    try {
      return await downloadFile(source, viewer, fileId, MODEL_MAX_BYTES);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw badUserInput({ modelFileId: `A model has at most ${MODEL_MAX_BYTES} bytes.` });
    }
  }
}

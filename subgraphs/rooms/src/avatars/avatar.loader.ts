/** Avatars as everybody in a room sees them, many in one query. */
import type { EntityManager } from '@chat/kit/database/database';
import DataLoader from 'dataloader';
import { AvatarEntity } from './avatar.entity';
import { CATALOGUE_ANIMATIONS } from './catalogue';
import { ThumbnailStatus } from './thumbnails/thumbnail.type';

/** The appearance of accounts without an avatar. */
export const DEFAULT_AVATAR: Pick<AvatarEntity, 'id' | 'name' | 'skinId' | 'modelSha256' | 'parts' | 'isActive'> = {
  id: 'default',
  name: 'Robot',
  skinId: 'robot-blue',
  modelSha256: null,
  parts: [],
  isActive: false,
};

export type ShownAvatar = typeof DEFAULT_AVATAR;

export class AvatarLoader {
  private readonly byId: DataLoader<string, ShownAvatar | null>;
  private readonly modelAnimations: DataLoader<string, string[]>;
  private readonly thumbnails: DataLoader<string, ThumbnailStatus | null>;

  constructor(em: () => EntityManager) {
    this.byId = new DataLoader(async (ids) => {
      const avatars = await em().find(AvatarEntity, { id: { $in: [...ids] } });
      const byId = new Map(avatars.map((avatar) => [avatar.id, avatar]));
      return ids.map((id) => byId.get(id) ?? null);
    });
    this.modelAnimations = new DataLoader(async (hashes) => {
      const rows = await em().execute<{ sha256: string; animations: string[] }[]>(
        'select sha256, animations from rooms.models where sha256 in (?)',
        [hashes],
      );
      const byHash = new Map(rows.map((row) => [row.sha256, row.animations]));
      return hashes.map((hash) => byHash.get(hash) ?? []);
    });
    this.thumbnails = new DataLoader(async (hashes) => {
      const rows = await em().execute<{ sha256: string; is_drawn: boolean }[]>(
        'select model_sha256 as sha256, image is not null as is_drawn from rooms.thumbnails where model_sha256 in (?)',
        [hashes],
      );
      const byHash = new Map(rows.map((row) => [row.sha256, row.is_drawn]));
      const statusOf = (isDrawn: boolean) => (isDrawn ? ThumbnailStatus.READY : ThumbnailStatus.FAILED);
      return hashes.map((hash) => (byHash.has(hash) ? statusOf(byHash.get(hash)!) : null));
    });
  }

  /** {@link DEFAULT_AVATAR} for null; null if the avatar was deleted. */
  async shown(id: string | null): Promise<ShownAvatar | null> {
    return id === null ? DEFAULT_AVATAR : this.byId.load(id);
  }

  /** Whether an avatar can play an animation; one that was deleted plays those of the catalogue. */
  async canPlay(avatar: ShownAvatar | null, name: string): Promise<boolean> {
    if (CATALOGUE_ANIMATIONS.some((animation) => animation.name === name)) return true;
    return avatar?.modelSha256 != null && (await this.animationsOf(avatar.modelSha256)).includes(name);
  }

  /** Null if it was not drawn yet. */
  thumbnailOf(modelSha256: string): Promise<ThumbnailStatus | null> {
    return this.thumbnails.load(modelSha256);
  }

  /** The names of a model's own animations. */
  animationsOf(modelSha256: string): Promise<string[]> {
    return this.modelAnimations.load(modelSha256);
  }
}

/** Creates, changes and chooses avatars. Every change is of the viewer's own avatars. */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { ApiError, badUserInput, notFound } from '@chat/kit/errors';
import { isId, newId } from '@chat/kit/ids';
import { checkAll } from '@chat/kit/graphql/wrong-fields';
import { AvatarEntity } from './avatar.entity';
import type { CreateAvatarInput, CustomizeAvatarInput } from './avatar.input';
import { DEFAULT_SKIN, skinOf } from './catalogue';
import type { ModelImport } from './models/model.import';
import { hashOfSkin } from './skin-hashes';
import type { ThumbnailService } from './thumbnails/thumbnail.service';

/** The most avatars of an account. */
const MAX_AVATARS = 50;

export class AvatarService {
  constructor(
    private readonly models: ModelImport,
    private readonly thumbnails: ThumbnailService,
  ) {}

  /** The first avatar of an account becomes the active one. */
  async createAvatar(em: EntityManager, viewer: Viewer, input: CreateAvatarInput): Promise<AvatarEntity> {
    const ownerId = viewer.id;
    const { name, skinId, modelFileId } = input;
    const [skin, modelSha256] = await checkAll(
      () => checkSkin(skinId),
      () => (modelFileId ? this.models.importModel(em, viewer, modelFileId) : null),
    );
    const count = await em.count(AvatarEntity, { ownerId });
    if (count >= MAX_AVATARS)
      throw new ApiError('LIMIT_EXCEEDED', `An account has at most ${MAX_AVATARS} avatars.`, { limit: MAX_AVATARS });
    const avatar = em.create(AvatarEntity, {
      id: newId(),
      ownerId,
      name: name.trim(),
      skinId: skin,
      modelSha256,
      parts: [],
      isActive: count === 0,
      createdAt: new Date(),
    });
    await em.persist(avatar).flush();
    await this.thumbnails.order(em, modelSha256 ?? hashOfSkin(skin));
    return avatar;
  }

  /** @throws NOT_FOUND if the avatar is not the viewer's */
  async customizeAvatar(em: EntityManager, ownerId: string, input: CustomizeAvatarInput): Promise<AvatarEntity> {
    const avatar = await this.ownAvatar(em, ownerId, input.id);
    if (input.skinId) avatar.skinId = checkSkin(input.skinId);
    if (input.skinId && avatar.modelSha256 === null) await this.thumbnails.order(em, hashOfSkin(avatar.skinId));
    if (input.parts)
      avatar.parts = input.parts.map(({ slot, assetId, color }) => ({
        slot: slot.trim(),
        assetId: assetId?.trim() ?? null,
        color: color?.toLowerCase() ?? null,
      }));
    await em.flush();
    return avatar;
  }

  /** @throws NOT_FOUND if the avatar is not the viewer's */
  async activateAvatar(em: EntityManager, ownerId: string, id: string): Promise<AvatarEntity> {
    return em.transactional(async (tx) => {
      const avatar = await this.ownAvatar(tx, ownerId, id);
      await tx.nativeUpdate(AvatarEntity, { ownerId, isActive: true }, { isActive: false });
      await tx.nativeUpdate(AvatarEntity, { id: avatar.id }, { isActive: true });
      avatar.isActive = true;
      return avatar;
    });
  }

  /** @throws NOT_FOUND if the avatar is not the viewer's */
  async deleteAvatar(em: EntityManager, ownerId: string, id: string): Promise<void> {
    const avatar = await this.ownAvatar(em, ownerId, id);
    await em.remove(avatar).flush();
  }

  async myAvatars(em: EntityManager, ownerId: string): Promise<AvatarEntity[]> {
    return em.find(AvatarEntity, { ownerId }, { orderBy: { id: 'asc' } });
  }

  /** The id of the named avatar or of the active one; null if the account has none. @throws NOT_FOUND if it is not the viewer's */
  async avatarToWear(em: EntityManager, ownerId: string, id?: string | null): Promise<string | null> {
    if (id === 'default') return null;
    if (id != null) return (await this.ownAvatar(em, ownerId, id)).id;
    return (await em.findOne(AvatarEntity, { ownerId, isActive: true }))?.id ?? null;
  }

  private async ownAvatar(em: EntityManager, ownerId: string, id: string): Promise<AvatarEntity> {
    const avatar = isId(id) ? await em.findOne(AvatarEntity, { id: id.toLowerCase(), ownerId }) : null;
    if (!avatar) throw notFound('Avatar');
    return avatar;
  }
}

/** @throws BAD_USER_INPUT */
function checkSkin(skinId: string | null | undefined): string {
  const id = skinId ?? DEFAULT_SKIN.id;
  if (!skinOf(id)) throw badUserInput({ skinId: 'There is no skin with this id.' });
  return id;
}

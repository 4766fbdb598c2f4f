/** Resolvers of avatars and their catalogue. */
import { viewerOf } from '@chat/kit/graphql/context';
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { Arg, Ctx, Directive, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { RoomsContext } from '../context';
import type { AvatarEntity } from './avatar.entity';
import { CreateAvatarInput, CustomizeAvatarInput } from './avatar.input';
import type { ShownAvatar } from './avatar.loader';
import { Avatar, AvatarAnimation, AvatarSkin } from './avatar.type';
import { CATALOGUE_ANIMATIONS, DEFAULT_SKIN, SKINS, skinOf, type CatalogueAnimation } from './catalogue';
import { hashOfSkin } from './skin-hashes';
import { ThumbnailStatus } from './thumbnails/thumbnail.type';

/** The duration that clients assume for clips of a model, in milliseconds; the model has the exact one. */
const CLIP_MS = 1000;

/** The hash of the model that the avatar shows. */
const shownModel = ({ modelSha256, skinId }: ShownAvatar): string => modelSha256 ?? hashOfSkin(skinId);

@Resolver(() => Avatar)
export class AvatarResolver {
  @Directive(assumedSize(10))
  @Query(() => [Avatar], { description: "The viewer's avatars, the oldest first." })
  myAvatars(@Ctx() context: RoomsContext): Promise<AvatarEntity[]> {
    return context.services.avatars.myAvatars(context.em, viewerOf(context).id);
  }

  @Directive(assumedSize(10))
  @Query(() => [AvatarSkin], { description: 'The skins of the catalogue.' })
  avatarSkins(): readonly AvatarSkin[] {
    return SKINS;
  }

  @Directive(assumedSize(20))
  @Query(() => [AvatarAnimation], { description: 'The animations that every avatar can play.' })
  avatarAnimations(): readonly CatalogueAnimation[] {
    return CATALOGUE_ANIMATIONS;
  }

  @FieldResolver(() => Boolean)
  active(@Root() { isActive }: ShownAvatar): boolean {
    return isActive;
  }

  @FieldResolver(() => String)
  modelUrl(@Root() { modelSha256, skinId }: ShownAvatar, @Ctx() { services }: RoomsContext): string {
    return modelSha256 === null ? services.modelUrls.ofSkin(skinId) : services.modelUrls.ofModel(modelSha256);
  }

  @FieldResolver(() => String, { nullable: true })
  async thumbnailUrl(@Root() avatar: ShownAvatar, @Ctx() { loaders, services }: RoomsContext): Promise<string | null> {
    const sha256 = shownModel(avatar);
    const status = await loaders.avatars.thumbnailOf(sha256);
    return status === ThumbnailStatus.READY ? services.modelUrls.ofThumbnail(sha256) : null;
  }

  @FieldResolver(() => ThumbnailStatus)
  async thumbnailStatus(
    @Root() avatar: ShownAvatar,
    @Ctx() { loaders, services }: RoomsContext,
  ): Promise<ThumbnailStatus> {
    const status = await loaders.avatars.thumbnailOf(shownModel(avatar));
    return status ?? (services.thumbnails.isOn ? ThumbnailStatus.PENDING : ThumbnailStatus.OFF);
  }

  @FieldResolver(() => AvatarSkin)
  skin(@Root() { skinId }: ShownAvatar): AvatarSkin {
    return skinOf(skinId) ?? DEFAULT_SKIN;
  }

  @FieldResolver(() => [AvatarAnimation])
  async animations(
    @Root() { modelSha256 }: ShownAvatar,
    @Ctx() { loaders }: RoomsContext,
  ): Promise<CatalogueAnimation[]> {
    const clips = modelSha256 === null ? [] : await loaders.avatars.animationsOf(modelSha256);
    const own = clips.map((name) => ({ name, durationMs: CLIP_MS, loop: false }));
    const names = new Set(clips);
    return [...own, ...CATALOGUE_ANIMATIONS.filter(({ name }) => !names.has(name))];
  }

  @Mutation(() => Avatar, {
    description:
      "Creates an avatar from a skin or an uploaded model. The viewer's first avatar becomes active. BAD_USER_INPUT if the model is not valid.",
  })
  createAvatar(
    @Ctx() context: RoomsContext,
    @Arg('input', () => CreateAvatarInput, { description: 'The avatar to create.' }) input: CreateAvatarInput,
  ): Promise<AvatarEntity> {
    return context.services.avatars.createAvatar(context.em, viewerOf(context), input);
  }

  @Mutation(() => Avatar, { description: "Changes one of the viewer's avatars. NOT_FOUND for avatars of others." })
  customizeAvatar(
    @Ctx() context: RoomsContext,
    @Arg('input', () => CustomizeAvatarInput, { description: 'The changes.' }) input: CustomizeAvatarInput,
  ): Promise<AvatarEntity> {
    return context.services.avatars.customizeAvatar(context.em, viewerOf(context).id, input);
  }

  @Mutation(() => Avatar, { description: "Makes one of the viewer's avatars the active one." })
  activateAvatar(
    @Ctx() context: RoomsContext,
    @Arg('id', () => ID, { description: 'The avatar.' }) id: string,
  ): Promise<AvatarEntity> {
    return context.services.avatars.activateAvatar(context.em, viewerOf(context).id, id);
  }

  @Mutation(() => Boolean, { description: "Deletes one of the viewer's avatars." })
  async deleteAvatar(
    @Ctx() context: RoomsContext,
    @Arg('id', () => ID, { description: 'The avatar.' }) id: string,
  ): Promise<boolean> {
    await context.services.avatars.deleteAvatar(context.em, viewerOf(context).id, id);
    return true;
  }
}

/** Access to avatars: each account changes its own, which the service looks up by owner; the catalogue is for everybody. */
import { isLoggedIn, withParent, type Policy } from '@chat/kit/graphql/policy';

export const avatarPolicy: Policy = {
  fields: {
    Query: { myAvatars: isLoggedIn, avatarSkins: isLoggedIn, avatarAnimations: isLoggedIn },
    Mutation: {
      createAvatar: isLoggedIn,
      customizeAvatar: isLoggedIn,
      activateAvatar: isLoggedIn,
      deleteAvatar: isLoggedIn,
    },
    Avatar: withParent(
      'id',
      'name',
      'active',
      'modelUrl',
      'thumbnailUrl',
      'thumbnailStatus',
      'skin',
      'parts',
      'animations',
    ),
    AvatarSkin: withParent('id', 'name'),
    AvatarPart: withParent('slot', 'assetId', 'color'),
    AvatarAnimation: withParent('name', 'durationMs', 'loop'),
  },
  references: {},
};

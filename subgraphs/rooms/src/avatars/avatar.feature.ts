/** Avatars: skins, parts, models and animations. */
import type { RoomsFeature } from '../feature';
import { AvatarEntity } from './avatar.entity';
import { AvatarLoader } from './avatar.loader';
import { avatarPolicy } from './avatar.policy';
import { AvatarResolver } from './avatar.resolver';
import { AvatarService } from './avatar.service';
import { modelHandler } from './models/model.http';
import { ModelValidator } from './models/model-validator';
import { ModelImport } from './models/model.import';
import { ModelUrls } from './models/model.urls';
import type { ThumbnailService } from './thumbnails/thumbnail.service';

export const avatarFeature: RoomsFeature<{
  services: { avatars: AvatarService; modelUrls: ModelUrls };
  loaders: { avatars: AvatarLoader };
  needs: { thumbnails: ThumbnailService };
}> = {
  name: 'avatars',
  entities: [AvatarEntity],
  resolvers: [AvatarResolver],
  policy: avatarPolicy,
  services: ({ config, disposal, services: { thumbnails } }) => ({
    avatars: new AvatarService(new ModelImport(config, disposal.use(new ModelValidator())), thumbnails),
    modelUrls: new ModelUrls(config.PUBLIC_URL),
  }),
  loaders: ({ em }) => ({ avatars: new AvatarLoader(em) }),
  http: ({ fork, services }) => modelHandler(services.modelUrls, fork),
  /** Models without an avatar. */
  removeExpired: async ({ fork }) => {
    await fork().execute(
      `delete from rooms.models m where created_at < now() - interval '1 day'
       and not exists (select 1 from rooms.avatars a where a.model_sha256 = m.sha256)`,
    );
  },
  accountRows: [{ table: 'avatars', column: 'owner_id' }],
};

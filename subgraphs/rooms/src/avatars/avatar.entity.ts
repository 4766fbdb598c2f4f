/** Rows of avatars. The bytes of uploaded models are in rooms.models; see models/model.store.ts. */
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

export interface AvatarPart {
  slot: string;
  assetId: string | null;
  color: string | null;
}

@Entity({ tableName: 'avatars' })
export class AvatarEntity {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'uuid' })
  ownerId!: string;

  @Property({ type: 'text' })
  name!: string;

  @Property({ type: 'text' })
  skinId!: string;

  /** Null if the avatar has the model of its skin. */
  @Property({ type: 'text', nullable: true, fieldName: 'model_sha256' })
  modelSha256!: string | null;

  @Property({ type: 'json' })
  parts!: AvatarPart[];

  @Property({ type: 'boolean' })
  isActive!: boolean;

  @Property({ type: 'timestamptz' })
  createdAt!: Date;
}

/** Avatars and their catalogue in the graph. */
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import { ThumbnailStatus } from './thumbnails/thumbnail.type';

@ObjectType({ simpleResolvers: true, description: 'A look that an avatar can have.' })
export class AvatarSkin {
  @Field(() => ID, { description: 'The id of the skin.' })
  id!: string;

  @Field({ description: 'The name of the skin.' })
  name!: string;
}

@ObjectType({ simpleResolvers: true, description: 'An animation that an avatar can play.' })
export class AvatarAnimation {
  @Field({ description: 'The name, for playAnimation and move.' })
  name!: string;

  @Field(() => Int, { description: 'Duration in milliseconds.' })
  durationMs!: number;

  @Field({ description: 'Whether it repeats until another one plays.' })
  loop!: boolean;
}

@ObjectType({ simpleResolvers: true, description: 'A part of an avatar, such as a hat.' })
export class AvatarPart {
  @Field({ description: 'The place on the avatar, such as `hat`.' })
  slot!: string;

  @Field(() => String, { nullable: true, description: 'The asset in this place; null for none.' })
  assetId!: string | null;

  @Field(() => String, { nullable: true, description: 'The colour as #rrggbb; null for that of the asset.' })
  color!: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'The appearance of an account in rooms.' })
export class Avatar {
  @Field(() => ID, { description: 'Opaque id; `default` for accounts without an avatar.' })
  id!: string;

  @Field({ description: 'The name, in one line.' })
  name!: string;

  @Field({ description: 'Whether joinRoom uses it if no other one is named.' })
  active!: boolean;

  @Field({ description: 'URL of the model: glTF, GLB or VRM 1.0. It needs no token.' })
  modelUrl!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'URL of a picture: PNG, 256 × 256 pixels, transparent. It needs no token. Null if `thumbnailStatus` is not READY.',
  })
  thumbnailUrl!: string | null;

  @Field(() => ThumbnailStatus, { description: 'Whether there is a thumbnail, and otherwise why not.' })
  thumbnailStatus!: ThumbnailStatus;

  @Field(() => AvatarSkin, { description: 'The skin.' })
  skin!: AvatarSkin;

  @Directive(assumedSize(10))
  @Field(() => [AvatarPart], { description: 'The parts.' })
  parts!: AvatarPart[];

  @Directive(assumedSize(20))
  @Field(() => [AvatarAnimation], { description: 'The animations of the catalogue and of the model.' })
  animations!: AvatarAnimation[];
}

/** Inputs that create and change avatars. */
import { IsText } from '@chat/kit/graphql/text';
import { ArrayMaxSize, ArrayUnique, Matches, ValidateNested } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';

const NAME = { max: 80 };
const MAX_PARTS = 20;

@InputType({ description: 'An avatar to create.' })
export class CreateAvatarInput {
  @IsText(NAME)
  @Field({ description: 'The name, in one line: 1 to 80 characters.' })
  name!: string;

  @Field(() => ID, {
    nullable: true,
    description: "One of the viewer's files: glTF with embedded data, GLB or VRM 1.0. It is validated and copied.",
  })
  modelFileId?: string | null;

  @Field(() => ID, { nullable: true, description: 'A skin of the catalogue; the first one by default.' })
  skinId?: string | null;
}

@InputType({ description: 'A part of an avatar.' })
export class AvatarPartInput {
  @IsText({ max: 40 })
  @Field({ description: 'The place on the avatar, such as `hat`: 1 to 40 characters.' })
  slot!: string;

  @IsText({ max: 80 })
  @Field(() => String, { nullable: true, description: 'The asset: at most 80 characters; none by default.' })
  assetId?: string | null;

  @IsText({ max: 7 })
  @Matches(/^#[0-9a-f]{6}$/i, { message: 'must be a colour such as #12ab9f' })
  @Field(() => String, { nullable: true, description: 'The colour as #rrggbb; that of the asset by default.' })
  color?: string | null;
}

@InputType({ description: 'Changes to an avatar. Absent fields stay unchanged.' })
export class CustomizeAvatarInput {
  @Field(() => ID, { description: 'The avatar.' })
  id!: string;

  @Field(() => ID, { nullable: true, description: 'Another skin.' })
  skinId?: string | null;

  @ArrayMaxSize(MAX_PARTS)
  @ArrayUnique((part: AvatarPartInput) => part.slot, { message: 'Each slot may occur once' })
  @ValidateNested({ each: true })
  @Field(() => [AvatarPartInput], { nullable: true, description: `The parts, at most ${MAX_PARTS}; they replace all.` })
  parts?: AvatarPartInput[] | null;
}

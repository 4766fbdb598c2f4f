/** The input of beginUpload. */
import { IsText } from '@chat/kit/graphql/text';
import { Matches } from 'class-validator';
import { Field, InputType, Int } from 'type-graphql';
import { IsFileName } from './file-name';

/** `type/subtype` of RFC 6838, with parameters. */
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}(\s*;[ -~]*)?$/i;

@InputType({ description: 'A file to upload.' })
export class BeginUploadInput {
  @IsFileName()
  @Field({
    description:
      'The file name, kept unchanged: 1 to 255 characters in one line, without slashes, backslashes and control characters.',
  })
  name!: string;

  @Field(() => Int, {
    nullable: true,
    description:
      'The exact size in bytes; the upload URL accepts no other. Without it, only the resumable URL works, and its client declares the length later.',
  })
  size?: number | null;

  @IsText({ max: 255 })
  @Matches(MEDIA_TYPE, { message: 'mimeType must be a media type such as image/png.' })
  @Field(() => String, {
    nullable: true,
    description: 'The media type that the upload declares as its Content-Type. Downloads have the type of the content.',
  })
  mimeType?: string | null;

  @IsText({ max: 64 })
  @Matches(/^[\da-f]{64}$/i, { message: 'sha256 must be 64 hexadecimal digits.' })
  @Field(() => String, {
    nullable: true,
    description: 'The SHA-256 of the content in hexadecimal. completeUpload refuses other content.',
  })
  sha256?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether others may learn where a photo or video was taken. Otherwise they download a copy without its location. Default: false.',
  })
  keepLocation?: boolean | null;
}

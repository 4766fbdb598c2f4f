/** The GraphQL type of attached files. There is no file storage yet, so no message has one; the files subgraph will own this type. */
import { Field, ID, Int, ObjectType } from 'type-graphql';

@ObjectType({ simpleResolvers: true, description: 'A file attached to a message.' })
export class File {
  @Field(() => ID, { description: 'Opaque (UUIDv7).' })
  id!: string;

  @Field({ description: 'The file name.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'The media type (RFC 6838), detected from the content.' })
  mimeType!: string | null;

  @Field(() => Int, { description: 'The size in bytes.' })
  size!: number;

  @Field(() => String, { nullable: true, description: 'A temporary URL for the viewer to download the file.' })
  downloadUrl!: string | null;
}

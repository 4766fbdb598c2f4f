/** Files as messages show them. Nothing keeps files yet, so no message has any; the subgraph that will keep them takes this type over. */
import { Field, ID, Int, ObjectType } from 'type-graphql';

@ObjectType({ simpleResolvers: true, description: 'A file that goes along with a message.' })
export class File {
  @Field(() => ID, { description: 'Opaque (UUIDv7).' })
  id!: string;

  @Field({ description: 'What it is called.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'Its media type (RFC 6838), as found out from its content.' })
  mimeType!: string | null;

  @Field(() => Int, { description: 'In bytes.' })
  size!: number;

  @Field(() => String, { nullable: true, description: 'Where the viewer may fetch it for a while.' })
  downloadUrl!: string | null;
}

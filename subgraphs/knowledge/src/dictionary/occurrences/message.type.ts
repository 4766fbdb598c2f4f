/** Messages as the dictionary extends them. Messaging owns them, and decides about access to the body. */
import { Directive, Field, ID, ObjectType } from 'type-graphql';

@Directive('@key(fields: "id")')
@ObjectType('Message', { simpleResolvers: true })
export class Message {
  @Field(() => ID, { description: 'Opaque (UUIDv7).' })
  id!: string;

  @Directive('@external')
  @Field({ description: 'Markdown as it was sent; empty after deletion.' })
  body!: string;
}

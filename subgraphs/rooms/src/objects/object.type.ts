/** Objects in the graph. */
import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import { GraphQLJSON } from 'graphql-scalars';
import { Transform } from '../spatial/transform.type';

@Directive('@key(fields: "id")')
@ObjectType({ simpleResolvers: true, description: 'A thing in a room. Its physics is the business of clients.' })
export class RoomObject {
  @Field(() => ID, { description: 'Opaque id (UUIDv7).' })
  id!: string;

  @Field({ description: 'The kind, such as `door`; it decides the actions of interact.' })
  kind!: string;

  @Field(() => Transform, { description: 'Position, rotation and scale.' })
  transform!: Transform;

  @Field(() => GraphQLJSON, { description: 'The state, an object that depends on the kind.' })
  state!: unknown;

  @Field(() => Int, { description: 'Rises by one with every change; updateObject names the version that it changes.' })
  version!: number;

  @Field({ description: 'Whether only the owner and moderators change it.' })
  isLocked!: boolean;

  @Field(() => Date, { description: 'Time of creation.' })
  createdAt!: Date;
}

@ObjectType({ simpleResolvers: true, description: 'The outcome of an interaction.' })
export class ObjectInteraction {
  @Field(() => RoomObject, { description: 'The object after the interaction.' })
  object!: RoomObject;
}

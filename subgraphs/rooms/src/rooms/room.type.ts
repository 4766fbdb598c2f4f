/** Rooms in the graph. Access to each field is in room.policy.ts. */
import { connectionType } from '@chat/kit/graphql/connection';
import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import { Transform } from '../spatial/transform.type';

@Directive('@key(fields: "id", resolvable: false)')
@ObjectType('Channel', { simpleResolvers: true })
export class Channel {
  @Field(() => ID, { description: 'Opaque id (UUIDv7).' })
  id!: string;
}

@Directive('@key(fields: "id", resolvable: false)')
@ObjectType('File', { simpleResolvers: true })
export class File {
  @Field(() => ID, { description: 'Opaque id (UUIDv7).' })
  id!: string;
}

@Directive('@key(fields: "id")')
@ObjectType({
  simpleResolvers: true,
  description: 'A shared space with occupants and objects. Private rooms are visible to their creator and by grants.',
})
export class Room {
  @Field(() => ID, { description: 'Opaque id (UUIDv7).' })
  id!: string;

  @Field({ description: 'The name, in one line.' })
  name!: string;

  @Field(() => Int, { description: 'The maximum number of occupants.' })
  capacity!: number;

  @Field({ description: 'The name of a built-in environment, or the id of a glTF file.' })
  environment!: string;

  @Field(() => Transform, { description: 'The pose in which occupants begin.' })
  spawn!: Transform;

  @Field({ description: 'Whether only the creator, administrators and accounts with a grant see the room.' })
  isPrivate!: boolean;

  @Field({ description: 'Whether occupants come back to their last pose. Objects are always durable.' })
  isPersistent!: boolean;

  @Field({ description: 'Whether only moderators may join at present.' })
  isLocked!: boolean;

  @Field({ description: 'Whether accounts wait in the lobby until a moderator lets them in.' })
  hasLobby!: boolean;

  @Field({ description: 'Whether guests may join.' })
  openToGuests!: boolean;

  @Field(() => Date, { description: 'Time of creation.' })
  createdAt!: Date;
}

@ObjectType({ description: 'Rooms, sorted by name.' })
export class RoomConnection extends connectionType('Room', () => Room) {}

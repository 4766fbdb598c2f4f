/** Occupants in the graph: accounts with a seat in a room, and the answer to a join. */
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import { Pose } from '../poses/pose.type';
import { Room } from '../rooms/room.type';
import { IceServer } from '../voice/ice-server.type';

@ObjectType({ simpleResolvers: true, description: 'An account that is in a room at present.' })
export class Occupant {
  @Field(() => Int, { description: 'The number of the occupant in packed frames.' })
  slot!: number;

  @Field(() => Date, { description: 'Time of the latest join.' })
  joinedAt!: Date;

  @Field({ description: 'Whether a moderator has muted the voice.' })
  isMuted!: boolean;

  @Field(() => Pose, { description: 'The latest pose.' })
  pose!: Pose;
}

@ObjectType({ simpleResolvers: true, description: 'An account that waits to be let in.' })
export class LobbyEntry {
  @Field(() => Date, { description: 'Time at which the account asked.' })
  askedAt!: Date;
}

@ObjectType({ simpleResolvers: true, description: 'The answer to a join.' })
export class RoomJoin {
  @Field(() => Room, { description: 'The room.' })
  room!: Room;

  @Field(() => ID, { description: 'Distinguishes this join from earlier ones of the same account.' })
  epoch!: string;

  @Field(() => Int, { description: "The viewer's number in packed frames." })
  slot!: number;

  @Field(() => Pose, { description: 'The pose in which the viewer begins.' })
  pose!: Pose;

  @Directive(assumedSize(4))
  @Field(() => [IceServer], { description: 'STUN and TURN servers for voice. The credentials expire.' })
  iceServers!: IceServer[];
}

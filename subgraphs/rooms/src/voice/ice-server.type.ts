/** STUN and TURN servers in the graph. */
import { Field, ObjectType } from 'type-graphql';

@ObjectType({ simpleResolvers: true, description: 'A STUN or TURN server, in the form of RTCIceServer.' })
export class IceServer {
  @Field(() => [String], { description: 'URLs of the server.' })
  urls!: string[];

  @Field(() => String, { nullable: true, description: 'The user name of a TURN server; null for STUN.' })
  username!: string | null;

  @Field(() => String, { nullable: true, description: 'The password of a TURN server; null for STUN. It expires.' })
  credential!: string | null;
}

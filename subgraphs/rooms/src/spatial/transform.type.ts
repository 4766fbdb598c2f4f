/** Positions, rotations and transforms in the graph. Units are metres; y points up, as in glTF. */
import { Field, Float, ObjectType } from 'type-graphql';

@ObjectType({
  simpleResolvers: true,
  description: 'A point or an extent in a room, in metres. Right-handed, y points up, as in glTF.',
})
export class Vector3 {
  @Field(() => Float, { description: 'To the right.' })
  x!: number;

  @Field(() => Float, { description: 'Up.' })
  y!: number;

  @Field(() => Float, { description: 'Towards the viewer.' })
  z!: number;
}

@ObjectType({ simpleResolvers: true, description: 'A rotation as a unit quaternion.' })
export class Quaternion {
  @Field(() => Float, { description: 'The component i.' })
  x!: number;

  @Field(() => Float, { description: 'The component j.' })
  y!: number;

  @Field(() => Float, { description: 'The component k.' })
  z!: number;

  @Field(() => Float, { description: 'The real component.' })
  w!: number;
}

@ObjectType({ simpleResolvers: true, description: 'Position, rotation and scale.' })
export class Transform {
  @Field(() => Vector3, { description: 'The position in the room.' })
  position!: Vector3;

  @Field(() => Quaternion, { description: 'The rotation.' })
  rotation!: Quaternion;

  @Field(() => Vector3, { description: 'The scale along each axis; 1 is the original size.' })
  scale!: Vector3;
}

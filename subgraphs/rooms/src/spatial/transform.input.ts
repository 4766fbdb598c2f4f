/** Inputs of positions and transforms, with the bounds of a room. Stores nothing. */
import { MAX_DISTANCE, type Rotation } from '@chat/room-codec';
import { Max, Min, ValidateNested, type ValidationOptions } from 'class-validator';
import { Field, Float, InputType } from 'type-graphql';
import { IDENTITY, type Vector } from '../poses/pose';

/** The greatest component of a scale or rotation. */
export const MAX_SCALE = 1000;

const within = (least: number, most: number): PropertyDecorator => {
  const options: ValidationOptions = { message: `must be a number from ${least} to ${most}` };
  return (target, property) => {
    Min(least, options)(target, property);
    Max(most, options)(target, property);
  };
};

const METRES = `from -${MAX_DISTANCE} to ${MAX_DISTANCE}`;

@InputType({ description: 'A point in a room, in metres.' })
export class Vector3Input implements Vector {
  @within(-MAX_DISTANCE, MAX_DISTANCE)
  @Field(() => Float, { description: `To the right, ${METRES}.` })
  x!: number;

  @within(-MAX_DISTANCE, MAX_DISTANCE)
  @Field(() => Float, { description: `Up, ${METRES}.` })
  y!: number;

  @within(-MAX_DISTANCE, MAX_DISTANCE)
  @Field(() => Float, { description: `Towards the viewer, ${METRES}.` })
  z!: number;
}

@InputType({ description: 'A rotation as a quaternion. It is normalised; one without length is the identity.' })
export class QuaternionInput implements Rotation {
  @within(-MAX_SCALE, MAX_SCALE)
  @Field(() => Float, { description: 'The component i.' })
  x!: number;

  @within(-MAX_SCALE, MAX_SCALE)
  @Field(() => Float, { description: 'The component j.' })
  y!: number;

  @within(-MAX_SCALE, MAX_SCALE)
  @Field(() => Float, { description: 'The component k.' })
  z!: number;

  @within(-MAX_SCALE, MAX_SCALE)
  @Field(() => Float, { description: 'The real component.' })
  w!: number;
}

@InputType({ description: 'Position, rotation and scale.' })
export class TransformInput {
  @ValidateNested()
  @Field(() => Vector3Input, { description: 'The position in the room.' })
  position!: Vector3Input;

  @ValidateNested()
  @Field(() => QuaternionInput, { nullable: true, description: 'The rotation; none by default.' })
  rotation?: QuaternionInput | null;

  @ValidateNested()
  @Field(() => Vector3Input, { nullable: true, description: 'The scale along each axis; 1 by default.' })
  scale?: Vector3Input | null;
}

/** A transform as tables and the graph have it. */
export interface StoredTransform {
  position: Vector;
  rotation: Rotation;
  scale: Vector;
}

const plain = ({ x, y, z }: Vector): Vector => ({ x, y, z });

export const toStoredTransform = ({ position, rotation, scale }: TransformInput): StoredTransform => ({
  position: plain(position),
  rotation: rotation ? normalized(rotation) : IDENTITY,
  scale: scale ? plain(scale) : { x: 1, y: 1, z: 1 },
});

/** A unit quaternion; the identity for one without length. */
export function normalized({ x, y, z, w }: Rotation): Rotation {
  const length = Math.hypot(x, y, z, w);
  return length > 1e-9 ? { x: x / length, y: y / length, z: z / length, w: w / length } : IDENTITY;
}

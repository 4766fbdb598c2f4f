/** Poses in the graph. */
import { Field, ObjectType } from 'type-graphql';
import { Quaternion, Vector3 } from '../spatial/transform.type';

@ObjectType({ simpleResolvers: true, description: 'Position, rotation, animation and expression of an avatar.' })
export class Pose {
  @Field(() => Vector3, { description: 'The position, rounded to centimetres.' })
  position!: Vector3;

  @Field(() => Quaternion, { description: 'The rotation, rounded to thousandths.' })
  rotation!: Quaternion;

  @Field(() => String, { nullable: true, description: 'The name of the animation; null for none.' })
  animation!: string | null;

  @Field(() => String, { nullable: true, description: 'The name of the expression; null for none.' })
  expression!: string | null;
}

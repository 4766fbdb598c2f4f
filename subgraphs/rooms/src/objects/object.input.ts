/** Inputs that place, change and use objects. */
import { IsText } from '@chat/kit/graphql/text';
import { IsInt, Min, registerDecorator, ValidateNested } from 'class-validator';
import { GraphQLJSON } from 'graphql-scalars';
import { Field, ID, InputType, Int } from 'type-graphql';
import { TransformInput } from '../spatial/transform.input';
import type { ObjectState } from './object.entity';

/** The longest state as JSON, in characters. */
const MAX_STATE = 16_384;

/** An object of JSON of at most {@link MAX_STATE} characters. */
const IsState = (): PropertyDecorator => (target, property) =>
  registerDecorator({
    name: 'isState',
    target: target.constructor,
    propertyName: property as string,
    validator: {
      validate: (value: unknown) =>
        typeof value === 'object' &&
        value !== null &&
        !Array.isArray(value) &&
        JSON.stringify(value).length <= MAX_STATE &&
        !JSON.stringify(value).includes('\\u0000'),
      defaultMessage: () =>
        `state must be an object of at most ${MAX_STATE} characters of JSON, without null characters`,
    },
  });

@InputType({ description: 'An object to place.' })
export class PlaceObjectInput {
  @Field(() => ID, { description: 'The room.' })
  roomId!: string;

  @IsText({ max: 40 })
  @Field({ description: 'The kind: 1 to 40 characters. door, lamp, screen, chair, button and ball have actions.' })
  kind!: string;

  @ValidateNested()
  @Field(() => TransformInput, { description: 'Position, rotation and scale.' })
  transform!: TransformInput;

  @IsState()
  @Field(() => GraphQLJSON, { nullable: true, description: 'The state, an object; that of the kind by default.' })
  state?: ObjectState | null;
}

@InputType({ description: 'Changes to an object. Absent fields stay unchanged.' })
export class UpdateObjectInput {
  @Field(() => ID, { description: 'The object.' })
  id!: string;

  @IsInt()
  @Min(1)
  @Field(() => Int, { description: 'The version that is changed. CONFLICT if the object has another one.' })
  version!: number;

  @ValidateNested()
  @Field(() => TransformInput, { nullable: true, description: 'A new transform.' })
  transform?: TransformInput | null;

  @IsState()
  @Field(() => GraphQLJSON, { nullable: true, description: 'A new state, which replaces the old one.' })
  state?: ObjectState | null;
}

@InputType({ description: 'An interaction with an object.' })
export class InteractInput {
  @Field(() => ID, { description: 'The object.' })
  objectId!: string;

  @IsText({ max: 40 })
  @Field({ description: 'The action: 1 to 40 characters. BAD_USER_INPUT if the kind has no such action.' })
  action!: string;
}

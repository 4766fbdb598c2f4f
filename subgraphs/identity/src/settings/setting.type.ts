/** Settings and feature flags as clients see them. */
import { GraphQLJSON } from 'graphql-scalars';
import { Field, ObjectType } from 'type-graphql';

@ObjectType({ description: 'A switch for a feature, seen by all processes within a second.' })
export class FeatureFlag {
  @Field({ description: 'Unique.' })
  key!: string;

  @Field({ description: 'Whether the feature is on.' })
  enabled!: boolean;

  @Field(() => String, { nullable: true, description: 'What it switches; absent for flags that clients brought.' })
  description!: string | null;
}

@ObjectType({ description: 'A value that administrators change at run time, seen by all processes within a second.' })
export class Setting {
  @Field({ description: 'Unique.' })
  key!: string;

  @Field(() => GraphQLJSON, { description: 'The value in force.' })
  value!: unknown;

  @Field(() => GraphQLJSON, { description: 'The value where nobody has set one.' })
  defaultValue!: unknown;

  @Field({ description: 'boolean, integer or text.' })
  type!: string;

  @Field({ description: 'What it does, and its unit.' })
  description!: string;
}

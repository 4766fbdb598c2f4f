/** Settings and feature flags in the graph. */
import { GraphQLJSON } from 'graphql-scalars';
import { Field, ObjectType } from 'type-graphql';

@ObjectType({ description: 'A switch for a feature. All processes see a change within a second.' })
export class FeatureFlag {
  @Field({ description: 'Unique.' })
  key!: string;

  @Field({ description: 'Whether the feature is on.' })
  enabled!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'The feature that it switches; absent for flags that clients created.',
  })
  description!: string | null;
}

@ObjectType({
  description: 'A value that administrators change at run time. All processes see a change within a second.',
})
export class Setting {
  @Field({ description: 'Unique.' })
  key!: string;

  @Field(() => GraphQLJSON, { description: 'The current value.' })
  value!: unknown;

  @Field(() => GraphQLJSON, { description: 'The value if none is set.' })
  defaultValue!: unknown;

  @Field({ description: 'boolean, integer or text.' })
  type!: string;

  @Field({ description: 'Its effect and unit.' })
  description!: string;
}

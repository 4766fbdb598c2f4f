/** A subgraph with a String input that has no text rule fails to build. */
import { Arg, Field, ID, InputType, Query, Resolver } from 'type-graphql';
import { allow } from './policy';
import { buildSubgraph } from './build-schema';
import { IsOpaque, IsText, textArgument } from './text';

@InputType()
class RuledInput {
  @IsText({ max: 5 })
  @Field({ description: 'Ruled.' })
  name!: string;

  @IsOpaque()
  @Field({ description: 'Ruled.' })
  secret!: string;

  @Field(() => ID, { description: 'No text.' })
  id!: string;
}

@InputType()
class UnruledInput {
  @Field(() => [String], { description: 'Without a rule.' })
  names!: string[];
}

@Resolver()
class Ruled {
  @Query(() => String, { description: 'x' })
  ruled(
    @Arg('input', () => RuledInput, { description: 'x' }) _input: RuledInput,
    @Arg('text', () => String, { validateFn: textArgument('text', { max: 5 }), description: 'x' }) _text: string,
    @Arg('after', () => String, { nullable: true, description: 'A cursor.' }) _after?: string,
  ) {
    return 'x';
  }
}

@Resolver()
class Unruled {
  @Query(() => String, { description: 'x' })
  unruled(
    @Arg('input', () => UnruledInput, { description: 'x' }) _input: UnruledInput,
    @Arg('text', () => String, { nullable: true, description: 'x' }) _text?: string,
  ) {
    return 'x';
  }
}

const build = (resolver: typeof Ruled | typeof Unruled, field: string) =>
  buildSubgraph({
    name: 'ruled',
    resolvers: [resolver],
    references: {},
    policy: { fields: { Query: { [field]: allow } }, references: {} },
  });

test('a subgraph builds if every String input has a rule', () =>
  expect(build(Ruled, 'ruled').getQueryType()).toBeDefined());

test('the error names the inputs without a rule', () => {
  expect(() => build(Unruled, 'unruled')).toThrow(/UnruledInput\.names, unruled\(text\)\.$/);
});

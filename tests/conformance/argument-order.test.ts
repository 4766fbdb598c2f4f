/** Arguments of the graph come in the order that people think in: first the thing, then required details, then options, then the page. */
import { buildSchema, isInterfaceType, isObjectType, isRequiredArgument } from 'graphql';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const PAGE = ['first', 'after', 'last', 'before', 'around'];

const schema = buildSchema(readFileSync(join(__dirname, '../../schema/api.graphql'), 'utf8'));
const fields = Object.values(schema.getTypeMap()).flatMap((type) =>
  (isObjectType(type) || isInterfaceType(type)) && !type.name.startsWith('__')
    ? Object.values(type.getFields()).map((field) => ({ coordinate: `${type.name}.${field.name}`, field }))
    : [],
);

const namesOf = (coordinate: string): string[] =>
  fields.find((known) => known.coordinate === coordinate)!.field.args.map(({ name }) => name);

test.each([
  ['Subscription.messageAdded', ['channelId', 'after']],
  ['Subscription.ticketChanged', ['projectId', 'after']],
  ['Mutation.editMessage', ['id', 'body']],
  ['Mutation.saveDraft', ['channelId', 'body']],
  ['Mutation.setMemberRole', ['channelId', 'userId', 'role']],
  ['Mutation.muteMember', ['channelId', 'userId', 'until']],
  ['Mutation.assignRole', ['userId', 'role']],
  ['Mutation.updateSetting', ['key', 'value']],
  ['Query.users', ['search', 'first', 'after', 'last', 'before']],
])('%s takes %j', (coordinate, expected) => {
  expect(namesOf(coordinate)).toEqual(expected);
});

test('required arguments come first, and the page last and in one order', () => {
  const rank = (name: string, isRequired: boolean) =>
    isRequired ? 0 : PAGE.includes(name) ? 2 + PAGE.indexOf(name) : 1;
  const disordered = fields.filter(({ field: { args } }) => {
    const ranks = args.map((argument) => rank(argument.name, isRequiredArgument(argument)));
    return ranks.some((value, index) => index > 0 && value < ranks[index - 1]!);
  });
  expect(fields.length).toBeGreaterThan(100);
  expect(disordered.map(({ coordinate }) => coordinate)).toEqual([]);
});

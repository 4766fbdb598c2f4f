/** Descriptions call the two kinds of cursor by different names, and never a cursor without its kind. */
import { buildSchema, getNamedType, isInterfaceType, isObjectType } from 'graphql';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const schema = buildSchema(readFileSync(join(__dirname, '../../schema/api.graphql'), 'utf8'));
const fields = Object.values(schema.getTypeMap()).flatMap((type) =>
  (isObjectType(type) || isInterfaceType(type)) && !type.name.startsWith('__')
    ? Object.values(type.getFields()).map((field) => ({ type: type.name, field }))
    : [],
);

test('a cursor in a response says whether it is a list cursor or an event cursor', () => {
  const cursors = fields.filter(({ field }) => /^(cursor|startCursor|endCursor)$/.test(field.name));
  expect(cursors.length).toBeGreaterThan(20);
  const isList = (type: string) => type.endsWith('Edge') || type === 'PageInfo';
  const wrong = cursors.filter(
    ({ type, field }) => !field.description?.startsWith(isList(type) ? 'List cursor' : 'Event cursor'),
  );
  expect(wrong.map(({ type, field }) => `${type}.${field.name}: ${field.description}`)).toEqual([]);
});

test('an argument says which kind of cursor it takes', () => {
  const given = fields.flatMap(({ type, field }) => {
    const isList = getNamedType(field.type).name.endsWith('Connection');
    return field.args
      .filter(({ name }) => (isList || type === 'Subscription') && (name === 'after' || name === 'before'))
      .map(({ name, description }) => ({ at: `${type}.${field.name}(${name})`, isList, description }));
  });
  expect(given.length).toBeGreaterThan(20);
  const wrong = given.filter(
    ({ isList, description }) => !(isList ? /list cursor/ : /event cursor/i).test(description ?? ''),
  );
  expect(wrong.map(({ at, description }) => `${at}: ${description}`)).toEqual([]);
});

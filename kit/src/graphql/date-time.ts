/**
 * The scalar DateTime, limited to moments that JavaScript, PostgreSQL and RFC 3339 write alike: years 1 to 9999, UTC. Also the check
 * for dates that come in by other ways than a DateTime, such as filters in a text.
 */
import { GraphQLError, GraphQLScalarType, type ValueNode } from 'graphql';
import { GraphQLDateTime as AnyDateTime } from 'graphql-scalars';

const FIRST = Date.parse('0001-01-01T00:00:00Z'); // Date.UTC takes the years 0 to 99 for 1900 to 1999
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Whether a moment is one that can be stored: valid, and within the years 1 to 9999, UTC. */
export const isStorableDate = (date: Date): boolean => date.getTime() >= FIRST && date.getTime() <= LAST;

function storable(date: Date, nodes?: ValueNode): Date {
  if (isStorableDate(date)) return date;
  throw new GraphQLError('DateTime is a moment in the years 1 to 9999, UTC.', nodes && { nodes });
}

export const GraphQLDateTime = new GraphQLScalarType<Date, Date | string | number>({
  ...AnyDateTime.toConfig(),
  parseValue: (value) => storable(AnyDateTime.parseValue(value)),
  parseLiteral: (node, variables) => storable(AnyDateTime.parseLiteral(node, variables), node),
});

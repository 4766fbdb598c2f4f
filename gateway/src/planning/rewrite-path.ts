/** Paths of a plan's rewrites: response names and type conditions. Lists are traversed implicitly. */
import { isAbstractType, isInterfaceType, isObjectType, type GraphQLSchema } from 'graphql';

/** An object in a subgraph's response. */
export type DataObject = Record<string, unknown>;

export type RewritePath = readonly (
  { kind: 'Field'; name: string } | { kind: 'Type'; matches: (typeName: unknown) => boolean }
)[];

const FRAGMENT = '... on ';

export function parseRewritePath(path: readonly string[], schema: GraphQLSchema): RewritePath {
  return path.map((element) => {
    if (!element.startsWith(FRAGMENT)) return { kind: 'Field', name: element };
    const condition = element.slice(FRAGMENT.length);
    // If only one type is possible, plans leave `__typename` out, so an object without a type matches.
    return {
      kind: 'Type',
      matches: (typeName) => typeName === undefined || isTypeOrSubType(schema, condition, typeName),
    };
  });
}

/** Calls `visit` with each object at `path` below `value`. */
export function visitAtPath(value: unknown, path: RewritePath, visit: (object: DataObject) => void, from = 0): void {
  if (Array.isArray(value)) {
    for (const item of value) visitAtPath(item, path, visit, from);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const object = value as DataObject;
  const element = path[from];
  if (!element) visit(object);
  else if (element.kind === 'Field') visitAtPath(object[element.name], path, visit, from + 1);
  else if (element.matches(object.__typename)) visitAtPath(object, path, visit, from + 1);
}

/** Whether the type `typeName` is `condition` or a subtype of it. */
export function isTypeOrSubType(schema: GraphQLSchema, condition: string, typeName: unknown): boolean {
  if (typeName === condition) return true;
  if (typeof typeName !== 'string') return false;
  const type = schema.getType(typeName);
  const abstract = schema.getType(condition);
  if (!isAbstractType(abstract) || !(isObjectType(type) || isInterfaceType(type))) return false;
  return schema.isSubType(abstract, type);
}

/**
 * Keeps a subgraph from building if a field that depends on the viewer lacks `@Directive(VIEWER_DEPENDENT)`: its name begins
 * with `viewer`, or its resolver method reads the viewer. Subscribers would share its value otherwise.
 *
 * The resolver's own source is parsed when the schema is built. A guard at run time would see only the resolvers that a test happens to
 * run, and would cost every field a proxy. The context may not be passed on as a whole, because the viewer could be read behind the call;
 * `accessX` and `requireX` count as reading it. Not seen: a loader with another name that was made for one viewer.
 */
import { parse, type Node } from 'acorn';
import { isIntrospectionType, isObjectType, type GraphQLField, type GraphQLSchema } from 'graphql';
import { VIEWER_DEPENDENT } from './live-directives';

interface FieldMethod {
  target: { prototype: object };
  methodName: string;
  schemaName: string;
  params?: { kind: string; index: number; propertyName?: string }[];
  getObjectType?: () => unknown;
}

interface Declarations {
  fieldResolvers: FieldMethod[];
  objectTypes: { name: string; target: unknown }[];
}

/** A node with the members that are looked at. */
type Syntax = Node & { [member: string]: unknown };

/** @throws naming every field that depends on the viewer and is not marked. */
export function demandViewerMarks(schema: GraphQLSchema, resolvers: readonly object[]): void {
  const unmarked = new Set([...namedAfterViewer(schema), ...readingViewer(schema, resolvers)]);
  if (unmarked.size > 0)
    throw new Error(`Depends on the viewer without @Directive(VIEWER_DEPENDENT): ${[...unmarked].join(', ')}.`);
}

/** Whether a field carries the directive. */
export const isMarked = ({ astNode }: Pick<GraphQLField<unknown, unknown>, 'astNode'>): boolean =>
  astNode?.directives?.some(({ name }) => `@${name.value}` === VIEWER_DEPENDENT) ?? false;

function namedAfterViewer(schema: GraphQLSchema): string[] {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    if (!isObjectType(type) || isIntrospectionType(type) || roots.includes(type)) return [];
    return Object.values(type.getFields())
      .filter((field) => /^viewer([^a-z]|$)/.test(field.name) && !isMarked(field))
      .map((field) => `${type.name}.${field.name}`);
  });
}

function readingViewer(schema: GraphQLSchema, resolvers: readonly object[]): string[] {
  // type-graphql keeps the arguments of its decorators there and exports no other access.
  const declared = (globalThis as unknown as { TypeGraphQLMetadataStorage: Declarations }).TypeGraphQLMetadataStorage;
  const typeNames = new Map(declared.objectTypes.map(({ target, name }) => [target, name]));
  return declared.fieldResolvers.flatMap((method) => {
    const owner = method.getObjectType?.() ?? method.target;
    if (!resolvers.includes(method.target) && owner !== method.target) return [];
    const type = schema.getType(typeNames.get(owner) ?? '');
    const field = isObjectType(type) ? type.getFields()[method.schemaName] : undefined;
    return field && !isMarked(field) && readsViewer(method) ? [`${String(type)}.${field.name}`] : [];
  });
}

function readsViewer({ target, methodName, params = [] }: FieldMethod): boolean {
  const contexts = params.filter(({ kind }) => kind === 'context');
  if (contexts.some(({ propertyName }) => propertyName === 'viewer')) return true;
  const method = (target.prototype as Record<string, unknown>)[methodName];
  if (typeof method !== 'function') return false;
  const declaration = functionIn(String(method));
  const parameters = declaration['params'] as Syntax[];
  const names = new Set<string>();
  for (const { index, propertyName } of contexts) {
    if (propertyName !== undefined) continue;
    const parameter = parameters[index];
    if (parameter?.type === 'ObjectPattern' && takesViewer(parameter)) return true;
    if (parameter?.type === 'Identifier') names.add(parameter['name'] as string);
  }
  return isRead(declaration['body'] as Syntax, names);
}

/** The function of a method's source. A decorator may have put another function into the method's place. */
function functionIn(source: string): Syntax {
  const program = (text: string) => parse(text, { ecmaVersion: 'latest' }) as unknown as Syntax;
  let parsed: Syntax;
  try {
    parsed = program(`({ ${source} })`);
  } catch {
    parsed = program(`(${source})`);
  }
  return find(parsed, ({ type }) => type === 'FunctionExpression' || type === 'ArrowFunctionExpression')!;
}

/** Whether a pattern takes `viewer`, or everything that is left. */
const takesViewer = ({ properties }: Syntax): boolean =>
  (properties as Syntax[]).some((property) => property.type === 'RestElement' || nameOf(property['key']) === 'viewer');

/** Whether code reads the viewer of a context with one of these names, passes such a context on, or calls an accessor. */
function isRead(node: Syntax, contexts: ReadonlySet<string>): boolean {
  if (node.type === 'Identifier') return contexts.has(node['name'] as string);
  if (node.type === 'CallExpression' && /^(access|require)[A-Z]/.test(nameOf((node['callee'] as Syntax)['property'])))
    return true;
  if (node.type === 'MemberExpression' && contexts.has(nameOf(node['object'])))
    return node['computed'] === true || nameOf(node['property']) === 'viewer';
  if (node.type === 'VariableDeclarator' && contexts.has(nameOf(node['init'])) && isPattern(node['id']))
    return takesViewer(node['id']);
  if (node.type === 'MemberExpression' && node['computed'] === false) return isRead(node['object'] as Syntax, contexts);
  if (node.type === 'Property' && node['computed'] === false) return isRead(node['value'] as Syntax, contexts);
  return children(node).some((child) => isRead(child, contexts));
}

const isPattern = (node: unknown): node is Syntax => isSyntax(node) && node.type === 'ObjectPattern';

const nameOf = (node: unknown): string => (isSyntax(node) && node.type === 'Identifier' ? String(node['name']) : '');

function find(node: Syntax, isWanted: (node: Syntax) => boolean): Syntax | undefined {
  if (isWanted(node)) return node;
  for (const child of children(node)) {
    const found = find(child, isWanted);
    if (found) return found;
  }
  return undefined;
}

const children = (node: Syntax): Syntax[] => Object.values(node).flat().filter(isSyntax);

const isSyntax = (value: unknown): value is Syntax => typeof value === 'object' && value !== null && 'type' in value;

/** Builds a subgraph's executable schema: type-graphql classes become Federation 2 SDL, then shield is laid over every field. */
import 'reflect-metadata';
import { buildSubgraphSchema, printSubgraphSchema } from '@apollo/subgraph';
import type { GraphQLResolverMap } from '@apollo/subgraph';
import {
  defaultFieldResolver,
  print,
  type DocumentNode,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { applyMiddleware } from 'graphql-middleware';
import { shield } from 'graphql-shield';
import { buildSchemaSync, createResolversMap, type NonEmptyArray } from 'type-graphql';
import { forbidden, unauthenticated } from '../errors';
import { orderArguments } from './argument-order';
import type { SubgraphContext } from './context';
import { GraphQLDateTime } from './date-time';
import { DirectResult } from './direct-mutation';
import type { ComposedDirectives } from './federation-links';
import { entitiesResolver, type EntityResolver } from './entities';
import { allow, completeRules, isLoggedIn, type Policy } from './policy';
import { subgraphDocument, publishedSdl } from './subgraph-document';
import { demandTextRules } from './text-rules';
import { validateInput } from './validate-input';
import { demandViewerMarks } from './viewer-dependence';

/** Loads an entity for another subgraph. `null` if it does not exist; the policy decides if the viewer may see it. */
export type ReferenceResolver<Context> = (reference: never, context: Context) => unknown;

export interface SubgraphDefinition<Context extends SubgraphContext> {
  /** As in the supergraph: lower case. */
  name: string;
  // eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- type-graphql's own type for resolver classes
  resolvers: NonEmptyArray<Function>;
  // eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- types that no resolver names, such as implementations of interfaces
  orphanedTypes?: Function[];
  references: Record<string, ReferenceResolver<Context>>;
  policy: Policy;
  /** Directives of its own that go into the supergraph; besides the live ones, which every subgraph has. */
  composedDirectives?: readonly ComposedDirectives[];
}

/** Set on the context of a request that only asks whether a subscription may start. */
export const AUTHORIZE_ONLY = Symbol('authorize only');

/** The subgraph's SDL as it goes into composition, with descriptions and federation directives. */
export function printSubgraphSdl(definition: SubgraphDefinition<never>): string {
  return `${print(documentOf(buildTypes(definition), definition))}\n`;
}

/** @throws if a field or reference has no policy, or a policy names a field that does not exist. */
export function buildSubgraph<Context extends SubgraphContext>(definition: SubgraphDefinition<Context>): GraphQLSchema {
  const types = buildTypes(definition);
  const resolvers = createResolversMap(types) as GraphQLResolverMap<Context>;
  const entities = new Map(
    Object.entries(definition.references).map(([typeName, resolve]) => [
      typeName,
      guarded(typeName, resolve as ReferenceResolver<SubgraphContext>, definition.policy),
    ]),
  );
  for (const [typeName, resolve] of entities)
    Object.assign((resolvers[typeName] ??= {}), { __resolveReference: resolve });
  const schema = buildSubgraphSchema([{ typeDefs: documentOf(types, definition), resolvers }]);
  publishSdl(schema);
  const field = schema.getQueryType()!.getFields()['_entities'];
  if (field) field.resolve = entitiesResolver(entities, field.resolve!);
  return protect(schema, definition.policy);
}

const documentOf = (types: GraphQLSchema, { policy, composedDirectives }: SubgraphDefinition<never>): DocumentNode =>
  subgraphDocument(printSubgraphSchema(types), composedDirectives, policy);

function publishSdl(schema: GraphQLSchema): void {
  const field = schema.getQueryType()!.getFields()['_service']!;
  const { sdl } = (field.resolve as () => { sdl: string })();
  const published = { sdl: publishedSdl(sdl) };
  field.resolve = () => published;
}

const refuseTopics = () => {
  throw new Error('Subscriptions here read an EventFeed: give @Subscription a `subscribe`, not topics.');
};
const NO_TOPICS = { publish: refuseTopics, subscribe: refuseTopics };

function buildTypes({ resolvers, orphanedTypes = [] }: SubgraphDefinition<never>): GraphQLSchema {
  orderArguments();
  const schema = buildSchemaSync({
    resolvers,
    orphanedTypes,
    skipCheck: true,
    scalarsMap: [{ type: Date, scalar: GraphQLDateTime }],
    validateFn: validateInput,
    pubSub: NO_TOPICS,
  });
  demandTextRules(schema, resolvers);
  demandViewerMarks(schema, resolvers);
  return schema;
}

function guarded(typeName: string, resolve: ReferenceResolver<SubgraphContext>, policy: Policy): EntityResolver {
  const rule = policy.references[typeName];
  if (!rule)
    throw new Error(
      `No policy says who may refer to ${typeName}. Add it to the references of the feature's *.policy.ts.`,
    );
  // The one rule that does not look at the reference, and that of accounts, of which a page has many.
  if (rule === isLoggedIn)
    return (reference, context) => (context.viewer === null ? null : resolve(reference as never, context));
  return async (reference, context, info) => {
    const verdict: unknown = await rule.resolve(reference, {}, context as never, info, shieldOptions as never);
    return verdict === true ? resolve(reference as never, context) : null;
  };
}

const shieldOptions = {
  // Without `debug` shield turns an error inside a rule (a database that is away) into "not authorised".
  debug: true,
  allowExternalErrors: true,
  fallbackError: (_error: unknown, _parent: unknown, _args: unknown, context: SubgraphContext) =>
    context.viewer ? forbidden() : unauthenticated(),
};

function protect(schema: GraphQLSchema, policy: Policy): GraphQLSchema {
  const rules = completeRules(schema, policy) as Record<string, Record<string, unknown>>;
  const eventResolvers = prepareSubscriptions(schema.getSubscriptionType());
  const plain = resolversOf(schema);
  const guardedSchema = applyMiddleware(schema, shield(rules as never, shieldOptions as never));
  for (const [field, resolve] of eventResolvers)
    guardedSchema.getSubscriptionType()!.getFields()[field]!.resolve = resolve;
  // If every viewer of the parent may see a field, reading the property needs no asynchronous wrapper.
  for (const [typeName, fields] of Object.entries(rules)) {
    for (const [field, fieldRule] of Object.entries(fields)) {
      if (fieldRule !== allow || typeName === 'Subscription') continue;
      const target = (guardedSchema.getType(typeName) as GraphQLObjectType | undefined)?.getFields()[field];
      if (target) target.resolve = plain.get(`${typeName}.${field}`);
    }
  }
  DirectResult.admit(guardedSchema);
  return guardedSchema;
}

/**
 * Shield wraps `resolve` if a field has one; for subscriptions that would be once per event and never at subscribe time.
 * So `resolve` is taken away here and put back afterwards, and `subscribe` stops short when it is only asked for permission.
 */
function prepareSubscriptions(
  subscription: GraphQLObjectType | null | undefined,
): Map<string, GraphQLFieldResolver<unknown, unknown>> {
  const resolvers = new Map<string, GraphQLFieldResolver<unknown, unknown>>();
  for (const field of Object.values(subscription?.getFields() ?? {})) {
    resolvers.set(field.name, field.resolve ?? defaultFieldResolver);
    field.resolve = undefined;
    const start = field.subscribe;
    field.subscribe = (parent, args, context: object, info) =>
      AUTHORIZE_ONLY in context ? nothing() : start!(parent, args, context, info);
  }
  return resolvers;
}

async function* nothing(): AsyncGenerator<never> {}

function resolversOf(schema: GraphQLSchema): Map<string, GraphQLFieldResolver<unknown, unknown> | undefined> {
  const resolvers = new Map<string, GraphQLFieldResolver<unknown, unknown> | undefined>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!('getFields' in type)) continue;
    for (const field of Object.values((type as GraphQLObjectType).getFields()))
      resolvers.set(`${type.name}.${field.name}`, field.resolve);
  }
  return resolvers;
}

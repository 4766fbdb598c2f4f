/** Directives by which a subgraph tells the gateway how its fields behave live. The gateway's side of them is not here. */
import { Kind, type DocumentNode, type GraphQLSchema, type SelectionNode } from 'graphql';
import type { ComposedDirectives } from './federation-links';

export const LIVE_SPEC_URL = 'https://chat-system.dev/live/v1.0';

/** For a field with a value that depends on the viewer: `@Directive(VIEWER_DEPENDENT)`. Subscribers do not share a selection that has one. */
export const VIEWER_DEPENDENT = '@viewerDependent';

/**
 * For a root field that keeps a client's live state up to date (typing, presence, read markers): `@Directive(HOUSEKEEPING)`. The gateway
 * counts it against a budget of its own, so mark only fields that are cheap whatever their arguments are.
 */
export const HOUSEKEEPING = '@housekeeping';

/**
 * For a root field that a client calls many times a second, such as a movement: each connection has a budget of its own for the field.
 * Mark only fields that read and write no database.
 */
export const paced = (perSecond: number) => `@paced(perSecond: ${perSecond})`;

/** Whether all root fields of a document's mutations have {@link paced}. */
export function isPaced({ definitions }: DocumentNode, schema: GraphQLSchema): boolean {
  const fields = schema.getMutationType()?.getFields() ?? {};
  const isField = (selection: SelectionNode) =>
    selection.kind === Kind.FIELD &&
    (fields[selection.name.value]?.astNode?.directives?.some(({ name }) => name.value === 'paced') ?? false);
  return definitions.every(
    (definition) =>
      definition.kind === Kind.OPERATION_DEFINITION &&
      definition.operation === 'mutation' &&
      definition.selectionSet.selections.every(isField),
  );
}

/** For a Subscription field: the argument that resumes it, and the field of its events that holds the value for it. */
export const resumable = (argument: string, cursor: string) =>
  `@resumable(argument: "${argument}", cursor: "${cursor}")`;

/** Known to every subgraph; an SDL names those that it uses. */
export const LIVE_DIRECTIVES: ComposedDirectives = {
  url: LIVE_SPEC_URL,
  definitions: `
"The field's value depends on the viewer: subscribers do not share a selection that contains it."
directive @viewerDependent on FIELD_DEFINITION

"The subscription can be resumed: \`argument\` takes the value of the field \`cursor\` of the last event that was seen."
directive @resumable(argument: String!, cursor: String!) on FIELD_DEFINITION

"The root field keeps a client's live state up to date; operations of such fields have a rate limit of their own."
directive @housekeeping on FIELD_DEFINITION

"The root field is called many times a second: each connection may call it \`perSecond\` times a second, apart from other limits."
directive @paced(perSecond: Int!) on FIELD_DEFINITION

"How long an answer may be reused (seconds), and whether by everybody or by the same viewer only."
directive @cacheControl(maxAge: Int, scope: CacheControlScope, inheritMaxAge: Boolean) on FIELD_DEFINITION | OBJECT | INTERFACE | UNION

"Viewers that a cached answer is for."
enum CacheControlScope {
  "All viewers."
  PUBLIC
  "The viewer that asked."
  PRIVATE
}
`,
};

/** The head of a subgraph that is written as SDL instead of classes: everything is imported, used or not. */
export const SCHEMA_EXTENSION = `
extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@external", "@extends", "@requires", "@provides", "@override", "@interfaceObject", "@composeDirective", "@cost", "@listSize", "@inaccessible", "@tag"])
  @link(url: "${LIVE_SPEC_URL}", import: ["@viewerDependent", "@resumable", "@housekeeping", "@paced", "@cacheControl"])
  @composeDirective(name: "@viewerDependent")
  @composeDirective(name: "@resumable")
  @composeDirective(name: "@housekeeping")
  @composeDirective(name: "@paced")
  @composeDirective(name: "@cacheControl")
${LIVE_DIRECTIVES.definitions}`;

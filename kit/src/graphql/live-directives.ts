/** Directives by which a subgraph tells the gateway how its fields behave live; composed into the supergraph. */

export const LIVE_SPEC_URL = 'https://chat-system.dev/live/v1.0';

/** Put it on a field: `@Directive(VIEWER_DEPENDENT)`. Its value depends on who asks, so subscribers do not share a selection that has it. */
export const VIEWER_DEPENDENT = '@viewerDependent';

/** Put it on a Subscription field: the argument that resumes it, and the field of its events that holds the value for it. */
export const resumable = (argument: string, cursor: string) =>
  `@resumable(argument: "${argument}", cursor: "${cursor}")`;

/** Prepended to each subgraph's SDL. */
export const SCHEMA_EXTENSION = `
extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@external", "@provides", "@composeDirective", "@cost", "@listSize", "@inaccessible", "@tag"])
  @link(url: "${LIVE_SPEC_URL}", import: ["@viewerDependent", "@resumable", "@cacheControl"])
  @composeDirective(name: "@viewerDependent")
  @composeDirective(name: "@resumable")
  @composeDirective(name: "@cacheControl")

"The field's value depends on the viewer: subscribers do not share a selection that contains it."
directive @viewerDependent on FIELD_DEFINITION

"The subscription can be resumed: \`argument\` takes the value of the field \`cursor\` of the last event that was seen."
directive @resumable(argument: String!, cursor: String!) on FIELD_DEFINITION

"How long an answer may be reused (seconds), and whether by everybody or by the same viewer only."
directive @cacheControl(maxAge: Int, scope: CacheControlScope, inheritMaxAge: Boolean) on FIELD_DEFINITION | OBJECT | INTERFACE | UNION

"Who may be given a cached answer."
enum CacheControlScope {
  "Everybody."
  PUBLIC
  "Only the viewer that it was made for."
  PRIVATE
}
`;

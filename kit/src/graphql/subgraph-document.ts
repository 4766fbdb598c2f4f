/** From the classes' bare SDL to a subgraph's document, with all that Federation and cost analysis need. Resolvers are not here. */
import {
  Kind,
  parse,
  print,
  visit,
  type DefinitionNode,
  type DocumentNode,
  type ObjectTypeDefinitionNode,
} from 'graphql';
import { linked, type ComposedDirectives } from './federation-links';
import { withConnectionSizes } from './list-sizes';
import { LIVE_DIRECTIVES } from './live-directives';
import type { Policy } from './policy';
import { ACCESS_DIRECTIVES, withViewerNeeds } from './viewer-need';

/** The classes cannot describe these. Every subgraph says the same, as composition takes one description. */
const ROOT_DESCRIPTIONS: Readonly<Record<string, string>> = {
  Query: 'Reads. The fields of an operation are independent of each other and run in parallel.',
  Mutation: 'Writes. The fields of an operation run one after the other, and each answers after its commit.',
  Subscription: 'Live events, over WebSocket, server-sent events or multipart responses. An operation has one field.',
};

/** The root fields of every subgraph that only its gateway uses; composition adds them by itself. */
const MACHINERY = new Set(['_service', '_entities', '_Service', '_Any', '_Entity']);

/** @throws on a connection field without a size. */
export function subgraphDocument(
  sdl: string,
  composed: readonly ComposedDirectives[] = [],
  policy: Pick<Policy, 'fields'> = { fields: {} },
): DocumentNode {
  const described = visit(parse(sdl, { noLocation: true }), {
    ObjectTypeDefinition(type) {
      const description = type.description ? undefined : ROOT_DESCRIPTIONS[type.name.value];
      return description ? { ...type, description: { kind: Kind.STRING, value: description, block: true } } : undefined;
    },
  });
  const marked = withViewerNeeds(withConnectionSizes(described), policy);
  return linked(marked, [LIVE_DIRECTIVES, ACCESS_DIRECTIVES, ...composed]);
}

/**
 * The SDL that `_service` answers with: without the fields and types of that protocol itself, and with root types that extend.
 * Composition ignores the former and knows both forms. Gateways of Federation 1 (Mercurius) refuse to start on the former, and
 * replace one subgraph's root type by the next one's unless it extends.
 */
export function publishedSdl(sdl: string): string {
  const { definitions } = parse(sdl, { noLocation: true });
  const kept = definitions.flatMap((definition): DefinitionNode[] => {
    if ('name' in definition && definition.name && MACHINERY.has(definition.name.value)) return [];
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.OBJECT_TYPE_EXTENSION)
      return [definition];
    if (!(definition.name.value in ROOT_DESCRIPTIONS)) return [definition];
    const { name, description, directives, fields = [] } = definition as ObjectTypeDefinitionNode;
    const own = fields.filter((field) => !MACHINERY.has(field.name.value));
    return [
      ...(description ? [{ kind: Kind.OBJECT_TYPE_DEFINITION, name, description } as const] : []),
      ...(own.length > 0 ? [{ kind: Kind.OBJECT_TYPE_EXTENSION, name, directives, fields: own } as const] : []),
    ];
  });
  return print({ kind: Kind.DOCUMENT, definitions: kept });
}

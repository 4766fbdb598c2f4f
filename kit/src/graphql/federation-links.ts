/**
 * The `@link`s at the head of a subgraph's SDL. They import the directives that the SDL uses, and no others, from the lowest
 * version of Federation 2 that has them. Definitions of Federation's own directives are not here: they come with the link.
 */
import {
  Kind,
  parse,
  visit,
  type DefinitionNode,
  type DirectiveDefinitionNode,
  type DocumentNode,
  type TypeDefinitionNode,
} from 'graphql';

/** Directives of a specification of one's own, which composition carries into the supergraph (`@composeDirective`). */
export interface ComposedDirectives {
  /** Ends in the specification's version: `https://example.com/name/v1.0`. */
  url: string;
  /** SDL: the directives, and the types of their arguments. */
  definitions: string;
}

/** Federation's directives, by the minor version of Federation 2 that they came with. */
const MINOR_VERSIONS = {
  key: 0,
  requires: 0,
  provides: 0,
  external: 0,
  extends: 0,
  shareable: 0,
  override: 0,
  inaccessible: 0,
  tag: 0,
  composeDirective: 1,
  interfaceObject: 3,
  authenticated: 5,
  requiresScopes: 5,
  policy: 6,
  context: 8,
  fromContext: 8,
  cost: 9,
  listSize: 9,
} as const satisfies Record<string, number>;

/** 2.3 brought `@key` on interfaces and `@tag` on a schema; every composer in use knows it. */
const LOWEST_MINOR_VERSION = 3;

/** `@override(label:)` is younger than `@override`. */
const LABELLED_OVERRIDE = 7;

type FederationDirective = keyof typeof MINOR_VERSIONS;

const isOfFederation = (name: string): name is FederationDirective => Object.hasOwn(MINOR_VERSIONS, name);

/** `document` with its links in front, and the definitions of the composed directives that it uses. */
export function linked(document: DocumentNode, specifications: readonly ComposedDirectives[]): DocumentNode {
  const { names, minor } = directivesUsed(document);
  const composed = specifications
    .map(({ url, definitions }) => ({ url, ...partsUsed(definitions, names) }))
    .filter(({ directives }) => directives.length > 0);
  const composedNames = composed.flatMap(({ directives }) => directives);
  if (composedNames.length > 0) names.add('composeDirective');
  const imports = [...names].filter((name) => isOfFederation(name) && !composedNames.includes(name)).sort();
  const extension = [
    'extend schema',
    link(`https://specs.apollo.dev/federation/v2.${minor}`, imports),
    ...composed.map(({ url, directives }) => link(url, directives)),
    ...composedNames.map((name) => `@composeDirective(name: "@${name}")`),
  ];
  const definitions = composed.flatMap(({ kept }) => kept);
  return {
    kind: Kind.DOCUMENT,
    definitions: [...parse(extension.join('\n')).definitions, ...definitions, ...document.definitions],
  };
}

const link = (url: string, names: readonly string[]): string =>
  names.length > 0
    ? `@link(url: "${url}", import: [${names.map((name) => `"@${name}"`).join(', ')}])`
    : `@link(url: "${url}")`;

function directivesUsed(document: DocumentNode): { names: Set<string>; minor: number } {
  const names = new Set<string>();
  let minor = LOWEST_MINOR_VERSION;
  visit(document, {
    Directive({ name: { value }, arguments: given = [] }) {
      names.add(value);
      const plain = value.replace(/^federation__/, '');
      if (isOfFederation(plain)) minor = Math.max(minor, MINOR_VERSIONS[plain]);
      if (plain === 'override' && given.some(({ name }) => name.value === 'label'))
        minor = Math.max(minor, LABELLED_OVERRIDE);
    },
  });
  return { names, minor };
}

/** The definitions of the directives in `used`, and of the types that their arguments have. */
function partsUsed(definitions: string, used: ReadonlySet<string>): { directives: string[]; kept: DefinitionNode[] } {
  const parts = parse(definitions, { noLocation: true }).definitions;
  const isDirective = (part: DefinitionNode): part is DirectiveDefinitionNode =>
    part.kind === Kind.DIRECTIVE_DEFINITION;
  const directives = parts.filter(isDirective).filter(({ name }) => used.has(name.value));
  const kept = new Set<DefinitionNode>(directives);
  for (const part of kept) {
    visit(part, {
      NamedType({ name }) {
        const type = parts.find(
          (other) => !isDirective(other) && (other as TypeDefinitionNode).name.value === name.value,
        );
        if (type) kept.add(type);
      },
    });
  }
  return { directives: directives.map(({ name }) => name.value), kept: [...kept] };
}

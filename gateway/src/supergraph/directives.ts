/** Finds the applications of a linked feature's directives in a supergraph, under any name they were imported by. */
import { Kind, valueFromASTUntyped, type ConstDirectiveNode, type DocumentNode } from 'graphql';

/** Arguments of one applied directive, as plain values. */
export type DirectiveArguments = Record<string, unknown>;

/** `Type.field`, or `Type` for a directive on a type → the directive's arguments. */
export type DirectiveCoordinates = ReadonlyMap<string, DirectiveArguments>;

interface Import {
  name?: string;
  as?: string;
}

/**
 * Every application of the directive `name` from the feature whose URL starts with `featureUrl`. Following the link
 * specification, this includes renamed (`import: [{ name, as }]`) and namespaced (`live__name`) directives.
 * If `orPlain` is set and no such feature is linked, the plain name counts as well.
 */
export function directiveCoordinates(
  document: DocumentNode,
  featureUrl: string,
  name: string,
  orPlain = false,
): DirectiveCoordinates {
  const known = namesOf(document, featureUrl, name);
  if (known.size === 0 && orPlain) known.add(name);
  const found = new Map<string, DirectiveArguments>();
  const note = (coordinate: string, directives: readonly ConstDirectiveNode[] = []) => {
    const directive = directives.find((candidate) => known.has(candidate.name.value));
    if (directive) found.set(coordinate, argumentsOf(directive));
  };
  for (const definition of document.definitions) {
    if (!('name' in definition) || !definition.name || !('directives' in definition)) continue;
    const typeName = definition.name.value;
    note(typeName, definition.directives as readonly ConstDirectiveNode[]);
    if (!('fields' in definition)) continue;
    for (const field of definition.fields ?? []) note(`${typeName}.${field.name.value}`, field.directives);
  }
  return found;
}

function namesOf(document: DocumentNode, featureUrl: string, name: string): Set<string> {
  const names = new Set<string>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.SCHEMA_DEFINITION && definition.kind !== Kind.SCHEMA_EXTENSION) continue;
    for (const link of definition.directives ?? []) {
      const { url, as, import: imports = [] } = argumentsOf(link) as { url?: string; as?: string; import?: unknown[] };
      if (!url?.startsWith(featureUrl)) continue;
      names.add(`${as ?? featureName(url)}__${name}`);
      for (const item of imports) {
        const { name: imported, as: alias } = typeof item === 'string' ? ({ name: item } as Import) : (item as Import);
        if (imported === `@${name}`) names.add((alias ?? imported).slice(1));
      }
      if (featureName(url) === name) names.add(as ?? name);
    }
  }
  return names;
}

/** The feature's name: the last segment of its URL before the version. */
function featureName(url: string): string {
  const parts = url.split('/').filter(Boolean);
  return parts.findLast((part) => !/^v\d+\.\d+$/.test(part)) ?? url;
}

function argumentsOf(directive: ConstDirectiveNode): DirectiveArguments {
  return Object.fromEntries(
    (directive.arguments ?? []).map((argument) => [argument.name.value, valueFromASTUntyped(argument.value)]),
  );
}

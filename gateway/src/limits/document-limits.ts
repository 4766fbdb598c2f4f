/** Refuses documents that are too deep, too wide or too clever, before they are validated or planned. */
import {
  Kind,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLError,
  type NameNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { ApiError } from '@chat/kit/errors';

/** 0 switches a limit off. */
export interface DocumentLimits {
  maxDepth: number;
  maxAliases: number;
  maxRootFields: number;
  maxSelections: number;
  maxDirectives: number;
  /** Whether clients may ask for the schema. */
  hasIntrospection: boolean;
}

/** What a selection holds, its fragments included as often as they are spread. */
interface Measure {
  depth: number;
  fields: number;
  selections: number;
  aliases: number;
  directives: number;
  /** The most. */
  directivesAtOnePlace: number;
  isIntrospecting: boolean;
  hasForbiddenName: boolean;
}

/** What introspection may nest: tools ask for types of types of types. */
const INTROSPECTION_DEPTH = 25;

/**
 * Directives at one place. More are always an attack: validation compares them with each other, and reports each that it does not
 * know.
 */
const MAX_DIRECTIVES_AT_ONE_PLACE = 5;

/** An operation's name stands in logs, spans and metrics, so it may not be as long as one likes. */
const MAX_NAME_LENGTH = 255;

/** The errors for which an operation is refused; none where it may go on. */
export function checkDocument(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  limits: DocumentLimits,
): GraphQLError[] {
  const measured = measure(document, operation);
  const { depth, fields, selections, aliases, directives, isIntrospecting } = measured;
  if (measured.hasForbiddenName || operation.variableDefinitions?.some(({ variable }) => isForbidden(variable))) {
    return [new ApiError('GRAPHQL_VALIDATION_FAILED', 'A response name or variable must not be "__proto__".')];
  }
  const maxDepth = isIntrospecting ? Math.max(limits.maxDepth, INTROSPECTION_DEPTH) : limits.maxDepth;
  const errors = [
    ...exceeded('characters in its name', operation.name?.value.length ?? 0, MAX_NAME_LENGTH),
    ...exceeded('levels', depth, limits.maxDepth && maxDepth),
    ...exceeded('root fields', fields, limits.maxRootFields),
    ...exceeded('selections', selections, limits.maxSelections),
    ...exceeded('aliases', aliases, limits.maxAliases),
    ...exceeded('directives', directives, limits.maxDirectives),
    ...exceeded('directives at one place', measured.directivesAtOnePlace, MAX_DIRECTIVES_AT_ONE_PLACE),
  ];
  if (isIntrospecting && !limits.hasIntrospection) {
    errors.push(new ApiError('GRAPHQL_VALIDATION_FAILED', 'Introspection is switched off here.'));
  }
  return errors;
}

function exceeded(what: string, found: number, limit: number): ApiError[] {
  if (limit === 0 || found <= limit) return [];
  return [new ApiError('LIMIT_EXCEEDED', `The operation has ${found} ${what}; ${limit} are allowed.`, { what, limit })];
}

/** `fields` of the result are the operation's root fields. */
function measure(document: DocumentNode, operation: OperationDefinitionNode): Measure {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const known = new Map<string, Measure>();
  const measureFragment = (name: string): Measure => {
    let measured = known.get(name);
    if (!measured) {
      // A fragment that spreads itself is measured as empty there; validation refuses it.
      known.set(name, emptyMeasure());
      const fragment = fragments.get(name);
      measured = fragment ? measureSelections(fragment.selectionSet) : emptyMeasure();
      if (fragment) countDirectives(measured, fragment);
      known.set(name, measured);
    }
    return measured;
  };
  const measureSelections = (selectionSet: SelectionSetNode): Measure => {
    const total = emptyMeasure();
    for (const selection of selectionSet.selections) {
      total.selections++;
      countDirectives(total, selection);
      if (selection.kind !== Kind.FIELD) {
        const isSpread = selection.kind === Kind.FRAGMENT_SPREAD;
        const inner = isSpread ? measureFragment(selection.name.value) : measureSelections(selection.selectionSet);
        include(total, inner, 0);
        total.fields += inner.fields;
        continue;
      }
      total.fields++;
      if (selection.alias) total.aliases++;
      total.isIntrospecting ||= selection.name.value === '__schema' || selection.name.value === '__type';
      total.hasForbiddenName ||= selection.alias !== undefined && isForbidden({ name: selection.alias });
      include(total, selection.selectionSet ? measureSelections(selection.selectionSet) : emptyMeasure(), 1);
    }
    return total;
  };
  const total = measureSelections(operation.selectionSet);
  countDirectives(total, operation);
  for (const definition of operation.variableDefinitions ?? []) countDirectives(total, definition);
  return total;
}

/** Whether a name that becomes a key would reach the prototype of all objects instead. */
function isForbidden({ name }: { name: NameNode }): boolean {
  return name.value === '__proto__';
}

function countDirectives(total: Measure, { directives = [] }: { directives?: readonly unknown[] }): void {
  total.directives += directives.length;
  total.directivesAtOnePlace = Math.max(total.directivesAtOnePlace, directives.length);
}

function emptyMeasure(): Measure {
  return {
    depth: 0,
    fields: 0,
    selections: 0,
    aliases: 0,
    directives: 0,
    directivesAtOnePlace: 0,
    isIntrospecting: false,
    hasForbiddenName: false,
  };
}

function include(total: Measure, inner: Measure, levels: 0 | 1): void {
  total.depth = Math.max(total.depth, inner.depth + levels);
  total.selections += inner.selections;
  total.aliases += inner.aliases;
  total.directives += inner.directives;
  total.directivesAtOnePlace = Math.max(total.directivesAtOnePlace, inner.directivesAtOnePlace);
  total.isIntrospecting ||= inner.isIntrospecting;
  total.hasForbiddenName ||= inner.hasForbiddenName;
}

/** Refuses documents that exceed the limits on depth, size and directives, before validation and planning. */
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

/** 0 disables a limit. */
export interface DocumentLimits {
  maxDepth: number;
  maxAliases: number;
  maxRootFields: number;
  maxSelections: number;
  maxDirectives: number;
  /** Whether clients may query the schema. */
  hasIntrospection: boolean;
}

/** The size of a selection. A fragment counts each time it is spread. */
interface Measure {
  depth: number;
  fields: number;
  selections: number;
  aliases: number;
  directives: number;
  /** The maximum at one location. */
  directivesAtOneLocation: number;
  isIntrospecting: boolean;
  hasForbiddenName: boolean;
}

/** Depth limit of introspection queries, because they nest `ofType` deeply. */
const INTROSPECTION_DEPTH = 25;

/** Directives at one location. More are an attack: validation compares them pairwise and reports each unknown one. */
const MAX_DIRECTIVES_AT_ONE_LOCATION = 5;

/** The operation name goes into logs, spans and metrics. */
const MAX_NAME_LENGTH = 255;

/** The errors that refuse an operation; empty if it is within the limits. */
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
    ...exceeded('directives at one location', measured.directivesAtOneLocation, MAX_DIRECTIVES_AT_ONE_LOCATION),
  ];
  if (isIntrospecting && !limits.hasIntrospection) {
    errors.push(new ApiError('GRAPHQL_VALIDATION_FAILED', 'Introspection is disabled.'));
  }
  return errors;
}

function exceeded(what: string, found: number, limit: number): ApiError[] {
  if (limit === 0 || found <= limit) return [];
  return [
    new ApiError('LIMIT_EXCEEDED', `The operation has ${found} ${what}, more than the limit of ${limit}.`, {
      what,
      limit,
    }),
  ];
}

/** `fields` of the result counts the operation's root fields. */
function measure(document: DocumentNode, operation: OperationDefinitionNode): Measure {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const known = new Map<string, Measure>();
  const measureFragment = (name: string): Measure => {
    let measured = known.get(name);
    if (!measured) {
      // A fragment that spreads itself counts as empty there; validation refuses it.
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

/** Whether the name, used as a key, would set an object's prototype. */
function isForbidden({ name }: { name: NameNode }): boolean {
  return name.value === '__proto__';
}

function countDirectives(total: Measure, { directives = [] }: { directives?: readonly unknown[] }): void {
  total.directives += directives.length;
  total.directivesAtOneLocation = Math.max(total.directivesAtOneLocation, directives.length);
}

function emptyMeasure(): Measure {
  return {
    depth: 0,
    fields: 0,
    selections: 0,
    aliases: 0,
    directives: 0,
    directivesAtOneLocation: 0,
    isIntrospecting: false,
    hasForbiddenName: false,
  };
}

function include(total: Measure, inner: Measure, levels: 0 | 1): void {
  total.depth = Math.max(total.depth, inner.depth + levels);
  total.selections += inner.selections;
  total.aliases += inner.aliases;
  total.directives += inner.directives;
  total.directivesAtOneLocation = Math.max(total.directivesAtOneLocation, inner.directivesAtOneLocation);
  total.isIntrospecting ||= inner.isIntrospecting;
  total.hasForbiddenName ||= inner.hasForbiddenName;
}

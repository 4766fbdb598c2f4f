/**
 * Tells operations that keep a client's live state up to date from those that cost. Judges the text alone, before it is validated, and
 * caches the judgement; the rate limits of both kinds are in `rate-limiter.ts`. See docs/limits.md for the rules.
 */
import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  Kind,
  parse,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Supergraph } from '../supergraph/supergraph';

/** A request as a client sent it. Nothing about it has been checked. */
export interface UncheckedRequest {
  query?: unknown;
  operationName?: unknown;
  variables?: unknown;
  extensions?: unknown;
}

export type Judgement =
  | { kind: 'ordinary' }
  | { kind: 'housekeeping' }
  /** All root fields are paced. */
  | { kind: 'paced'; calls: number; perSecond: number }
  /** A subscription without a mark. `cursor` is the value of the argument that resumes it, if it has one. */
  | { kind: 'subscription'; cursor?: ValueNode };

const ORDINARY: Judgement = { kind: 'ordinary' };
const HOUSEKEEPING: Judgement = { kind: 'housekeeping' };

/** The judgements of a document's operations, by name; '' if an operation has none. */
type Document = ReadonlyMap<string, Judgement>;

/** Longer texts are ordinary, since judging them would cost more than they are worth. In characters. */
const MAX_LENGTH = 8_192;
const MAX_TOKENS = 2_000;

const CACHED_TEXTS = 2_000;
const CACHED_CHARACTERS = 1_000_000;
const CACHED_HASHES = 2_000;

export class Housekeeping {
  private readonly caches = new WeakMap<Supergraph, LRUCache<string, Document>>();
  /** SHA-256 of persisted queries that are not ordinary → their text. */
  private readonly texts = new LRUCache<string, string>({ max: CACHED_HASHES });

  constructor(private readonly source: { readonly current: Supergraph }) {}

  /** A persisted query is ordinary until {@link learn} has seen it. Never throws. */
  judge({ query, operationName, extensions }: UncheckedRequest): Judgement {
    const text = typeof query === 'string' ? query : this.textOf(extensions);
    if (text === undefined || text.length > MAX_LENGTH) return ORDINARY;
    const document = this.documentOf(text);
    if (typeof operationName === 'string' && operationName !== '') return document.get(operationName) ?? ORDINARY;
    return document.size === 1 ? document.values().next().value! : ORDINARY;
  }

  /** Remembers the text of a persisted query. */
  learn(hash: string, text: string): void {
    if (text.length > MAX_LENGTH || this.texts.has(hash)) return;
    const isWorthKeeping = [...this.documentOf(text).values()].some(({ kind }) => kind !== 'ordinary');
    if (isWorthKeeping) this.texts.set(hash, text);
  }

  private textOf(extensions: unknown): string | undefined {
    const { persistedQuery } = (extensions ?? {}) as { persistedQuery?: { sha256Hash?: unknown } | null };
    const hash = persistedQuery?.sha256Hash;
    return typeof hash === 'string' ? this.texts.get(hash) : undefined;
  }

  private documentOf(text: string): Document {
    const supergraph = this.source.current;
    let cache = this.caches.get(supergraph);
    if (!cache) {
      const sizeCalculation = (_document: Document, key: string) => key.length + 1;
      cache = new LRUCache({ max: CACHED_TEXTS, maxSize: CACHED_CHARACTERS, sizeCalculation });
      this.caches.set(supergraph, cache);
    }
    let document = cache.get(text);
    if (!document) cache.set(text, (document = judgeText(text, supergraph)));
    return document;
  }
}

function judgeText(text: string, supergraph: Supergraph): Document {
  let document: DocumentNode;
  try {
    document = parse(text, { noLocation: true, maxTokens: MAX_TOKENS });
  } catch {
    return new Map();
  }
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  return new Map(
    operations.map((operation) => [operation.name?.value ?? '', judgeOperation(operation, fragments, supergraph)]),
  );
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

function judgeOperation(
  { operation, selectionSet }: OperationDefinitionNode,
  fragments: Fragments,
  supergraph: Supergraph,
): Judgement {
  const root = supergraph.apiSchema.getRootType(operation);
  const roots = fieldsOf(selectionSet, fragments);
  if (!root || roots.length === 0) return ORDINARY;
  if (roots.every(({ name }) => supergraph.isHousekeeping(root.name, name.value))) {
    const isCheap = operation === 'subscription' || !selectsLists(root, selectionSet, fragments, supergraph);
    return isCheap ? HOUSEKEEPING : ORDINARY;
  }
  if (operation !== 'subscription') return pacedOperation(roots, root.name, supergraph) ?? ORDINARY;
  const [field] = roots;
  const argument = supergraph.resumable(field!.name.value)?.argument;
  return { kind: 'subscription', cursor: field!.arguments?.find(({ name }) => name.value === argument)?.value };
}

/** The lowest pace counts for all root fields; undefined if one has none. */
function pacedOperation(roots: readonly FieldNode[], typeName: string, supergraph: Supergraph): Judgement | undefined {
  const paces = roots.map(({ name }) => supergraph.paceOf(typeName, name.value));
  if (!paces.every((pace) => pace !== undefined)) return undefined;
  return { kind: 'paced', calls: roots.length, perSecond: Math.min(...paces) };
}

/** The fields of a selection, with those of its fragments. Conditions are ignored: a skipped field counts. */
function fieldsOf(selectionSet: SelectionSetNode, fragments: Fragments, seen = new Set<string>()): FieldNode[] {
  return selectionSet.selections.flatMap((selection): FieldNode[] => {
    if (selection.kind === Kind.FIELD) return [selection];
    if (selection.kind === Kind.INLINE_FRAGMENT) return fieldsOf(selection.selectionSet, fragments, seen);
    const name = selection.name.value;
    const fragment = fragments.get(name);
    if (!fragment || seen.has(name)) return [];
    seen.add(name);
    return fieldsOf(fragment.selectionSet, fragments, seen);
  });
}

/** Whether the response may contain a list of objects, through which a cheap field could return everything. Unknown fields count. */
function selectsLists(
  parent: GraphQLCompositeType,
  { selections }: SelectionSetNode,
  fragments: Fragments,
  supergraph: Supergraph,
  seen = new Set<string>(),
): boolean {
  const selectsMore = (type: unknown, selectionSet: SelectionSetNode) =>
    !isCompositeType(type) || selectsLists(type, selectionSet, fragments, supergraph, seen);
  return selections.some((selection) => {
    if (selection.kind === Kind.FIELD) {
      if (selection.name.value === '__typename') return false;
      const field = 'getFields' in parent ? parent.getFields()[selection.name.value] : undefined;
      if (!field) return true;
      if (!selection.selectionSet) return false;
      return isList(field.type) || selectsMore(getNamedType(field.type), selection.selectionSet);
    }
    const isSpread = selection.kind === Kind.FRAGMENT_SPREAD;
    if (isSpread && seen.has(selection.name.value)) return false;
    if (isSpread) seen.add(selection.name.value);
    const fragment = isSpread ? fragments.get(selection.name.value) : selection;
    if (!fragment) return true;
    const condition = fragment.typeCondition?.name.value;
    return selectsMore(condition ? supergraph.apiSchema.getType(condition) : parent, fragment.selectionSet);
  });
}

const isList = (type: GraphQLOutputType): boolean => isListType(getNullableType(type));

/** Makes a request's text into a prepared operation, once per text; refuses what does not parse, fit or plan. */
import {
  getOperationAST,
  GraphQLError,
  Kind,
  parse,
  print,
  separateOperations,
  specifiedRules,
  validate,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { ApiError, type ErrorCode } from '@chat/kit/errors';
import type { Supergraph } from '../supergraph/supergraph';
import type { CompiledPlan } from './compiled-plan';
import { conditionalRoot } from './conditional-root';
import { ConditionVariants, conditionVariables, withoutConditions, type Conditions } from './conditions';
import { finiteNumbers } from './finite-numbers';
import { splitIntrospection } from './introspection';
import { introspectionWeight } from './introspection-weight';
import { withNamesInData } from './names-in-data';
import { planOperation } from './plan-operation';
import type { PreparedOperation } from './prepared-operation';
import { ResponseShape } from './response-shape';
import { slicingArguments } from './slicing-arguments';

export interface OperationText {
  query: string;
  /** An empty name is an absent one. */
  operationName?: string | null;
}

export type Prepared = PreparedOperation | { errors: readonly GraphQLError[] };

export interface PrepareOptions {
  /** Documents with more lexical tokens are refused before they are read to the end; absent for no limit. */
  maxTokens?: number;
  /** Looks at each new document before it is validated; what it returns refuses the document. */
  check?: (document: DocumentNode, operation: OperationDefinitionNode) => readonly GraphQLError[];
  /** Leaves "Did you mean …" out of messages, which would tell what the schema holds. */
  isTerse?: boolean;
  /** Hears whether a plan was found in the cache, for metrics. */
  onPlan?: (isCached: boolean) => void;
}

const RULES = [...specifiedRules, finiteNumbers, introspectionWeight];

/** How many texts and plans are kept for each version of the supergraph. */
const CACHED_TEXTS = 2_000;
const CACHED_PLANS = 2_000;

/** How many characters these have together at most: each stands for 100 to 300 bytes of what was made of it. */
const CACHED_CHARACTERS = 1_000_000;

/** Longer texts are not kept: their hash would cost as much as they are worth, and they would fill memory. */
const CACHED_TEXT_LENGTH = 32_768;

/** Prepares operations and remembers them, for each supergraph separately. */
export class OperationPreparer {
  private readonly caches = new WeakMap<Supergraph, Caches>();

  constructor(private readonly options: PrepareOptions = {}) {}

  /** Whether messages must not suggest anything. */
  get isTerse(): boolean {
    return this.options.isTerse ?? false;
  }

  /** The same text gives the same object, as long as it is remembered. Never throws for what a client can send. */
  prepare(supergraph: Supergraph, text: OperationText): Prepared {
    const known = this.known(supergraph, text);
    if (known) return known;
    const caches = this.cachesFor(supergraph);
    const key = keyOf(text);
    const prepared = this.prepareNew(supergraph, caches, text.query, text.operationName || null);
    if (key.length <= CACHED_TEXT_LENGTH) caches.texts.set(key, prepared);
    return prepared;
  }

  /** What was prepared before, if it is remembered. */
  known(supergraph: Supergraph, text: OperationText): Prepared | undefined {
    return this.caches.get(supergraph)?.texts.get(keyOf(text));
  }

  private cachesFor(supergraph: Supergraph): Caches {
    let caches = this.caches.get(supergraph);
    if (!caches) {
      const bounds = { maxSize: CACHED_CHARACTERS, sizeCalculation: (_value: unknown, key: string) => key.length };
      caches = {
        texts: new LRUCache<string, Prepared>({ max: CACHED_TEXTS, ...bounds }),
        plans: new LRUCache<string, CompiledPlan>({ max: CACHED_PLANS, ...bounds }),
      };
      this.caches.set(supergraph, caches);
    }
    return caches;
  }

  private prepareNew(supergraph: Supergraph, caches: Caches, query: string, operationName?: string | null): Prepared {
    let whole: DocumentNode;
    try {
      whole = parse(query, { maxTokens: this.options.maxTokens });
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      return { errors: [withCode(error, isTooManyTokens(error) ? 'LIMIT_EXCEEDED' : 'GRAPHQL_PARSE_FAILED')] };
    }
    const operation = getOperationAST(whole, operationName);
    if (!operation) {
      const message = operationName
        ? 'The document has no operation of this name.'
        : 'The document has no operation, or several and no name says which.';
      return { errors: [new ApiError('BAD_REQUEST', message)] };
    }
    const refusals = this.options.check?.(whole, operation) ?? [];
    if (refusals.length > 0) return { errors: refusals };
    const unplannable = conditionalRoot(whole);
    if (unplannable) return { errors: [unplannable] };
    const invalid = validate(supergraph.apiSchema, whole, [...RULES, slicingArguments(supergraph)], { maxErrors: 20 });
    if (invalid.length > 0) {
      return { errors: invalid.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED', this.isTerse)) };
    }
    const document = separateOperations(whole)[operation.name?.value ?? '']!;
    const fragments = fragmentsOf(document);
    const { data, introspection } = splitIntrospection(document, operation, fragments);
    const planned = data && withNamesInData(data, supergraph);
    const key = normalise(document);
    const planKey = `${operation.name?.value ?? ''}\n${key}`;
    const conditions = conditionVariables(operation, fragments);
    const plans = new ConditionVariants(conditions, (values, variant) =>
      this.planFor(supergraph, caches, planned, values, `${variant}\n${planKey}`),
    );
    try {
      // If variables decide, plans are made when the values are known. A subscription's is needed to know what it asks for.
      if (conditions.length === 0 || operation.operation === 'subscription') plans.for({});
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { errors: [error] };
    }
    return {
      kind: operation.operation,
      name: operation.name?.value,
      key,
      document,
      operation,
      plans,
      wholePlan: () =>
        conditions.length === 0
          ? plans.for({})
          : this.planFor(supergraph, caches, planned, undefined, `all\n${planKey}`),
      shape: new ResponseShape(supergraph, operation, fragments),
      hasOtherNames: planned !== data,
      introspection,
      supergraph,
    };
  }

  private planFor(
    supergraph: Supergraph,
    caches: Caches,
    document: DocumentNode | undefined,
    conditions: Conditions | undefined,
    key: string,
  ): CompiledPlan {
    const known = caches.plans.get(key);
    this.options.onPlan?.(known !== undefined);
    if (known) return known;
    const plan: CompiledPlan = document
      ? planOperation(withoutConditions(document, conditions), supergraph)
      : { hasContexts: false };
    caches.plans.set(key, plan);
    return plan;
  }
}

/** Equal for equal texts only: the length says where the name ends, whatever a client puts into either. */
function keyOf({ query, operationName }: OperationText): string {
  return operationName ? `${operationName.length}\n${operationName}${query}` : `\n${query}`;
}

interface Caches {
  texts: LRUCache<string, Prepared>;
  plans: LRUCache<string, CompiledPlan>;
}

function fragmentsOf(document: DocumentNode): Record<string, FragmentDefinitionNode> {
  const fragments = Object.create(null) as Record<string, FragmentDefinitionNode>;
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  }
  return fragments;
}

/** The operation's text without its name and without anything that only the eye sees. */
function normalise(document: DocumentNode): string {
  const definitions = document.definitions.map((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? { ...definition, name: undefined } : definition,
  );
  return print({ ...document, definitions });
}

/** A message of graphql-js as it is without its guess at what was meant. */
export function withoutSuggestion(message: string): string {
  // No regular expression: values of clients are in it, and one that repeats the phrase would keep it searching for minutes.
  const at = message.endsWith('?') ? message.lastIndexOf(' Did you mean ') : -1;
  return at < 0 ? message : message.slice(0, at);
}

/** graphql-js knows no code for it. */
export function isTooManyTokens({ message }: { message: string }): boolean {
  return message.startsWith('Syntax Error: Document contains more that');
}

function withCode(error: GraphQLError, code: ErrorCode, isTerse = false): GraphQLError {
  const message = isTerse ? withoutSuggestion(error.message) : error.message;
  const { nodes, source, positions, path } = error;
  return new GraphQLError(message, { nodes, source, positions, path, extensions: { ...error.extensions, code } });
}

/** Parses, validates and plans operations, once per text. An operation that fails a step is refused. */
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
import { conditionalRoot } from './conditional-root';
import { ConditionVariants, conditionVariables, withoutConditions, type Conditions } from './conditions';
import { finiteNumbers } from './finite-numbers';
import { splitIntrospection } from './introspection';
import { introspectionWeight } from './introspection-weight';
import { withNamesInData } from './names-in-data';
import { PlanCache, type PlanCacheOptions, type PlanRequest } from './plan-cache';
import { isHeavy } from './planning-time';
import type { PreparedOperation } from './prepared-operation';
import { ResponseShape } from './response-shape';
import { slicingArguments } from './slicing-arguments';

export interface OperationText {
  query: string;
  /** An empty name counts as absent. */
  operationName?: string | null;
}

export type Prepared = PreparedOperation | { errors: readonly GraphQLError[] };

export interface PrepareOptions extends PlanCacheOptions {
  /** Documents with more lexical tokens are refused while they are parsed; absent for no limit. */
  maxTokens?: number;
  /** Checks each new document before validation. If it returns errors, the document is refused. */
  check?: (document: DocumentNode, operation: OperationDefinitionNode) => readonly GraphQLError[];
  /** Removes "Did you mean …" from messages, since suggestions reveal the schema. */
  isTerse?: boolean;
}

const RULES = [...specifiedRules, finiteNumbers, introspectionWeight];

/** Texts that are cached for each version of the supergraph. */
const CACHED_TEXTS = 2_000;

/** The length of all cached texts together at most: each character stands for 100 to 300 bytes of prepared operations. */
const CACHED_CHARACTERS = 1_000_000;

/** Longer texts are not cached: hashing them costs as much as it saves, and they would fill memory. */
const CACHED_TEXT_LENGTH = 32_768;

/** Prepares operations and caches them for each supergraph. */
export class OperationPreparer {
  private readonly caches = new WeakMap<Supergraph, Caches>();

  constructor(private readonly options: PrepareOptions = {}) {}

  /** Whether messages must not contain suggestions. */
  get isTerse(): boolean {
    return this.options.isTerse ?? false;
  }

  /** Returns the same object for the same text while it is cached. Never throws for a client's input. */
  prepare(supergraph: Supergraph, text: OperationText): Prepared {
    const known = this.known(supergraph, text);
    if (known) return known;
    const caches = this.cachesFor(supergraph);
    const key = keyOf(text);
    const prepared = this.prepareNew(supergraph, caches, text.query, text.operationName || null);
    if (key.length <= CACHED_TEXT_LENGTH && !isTooSlow(prepared)) caches.texts.set(key, prepared);
    return prepared;
  }

  /** The cached result, if there is one. */
  known(supergraph: Supergraph, text: OperationText): Prepared | undefined {
    return this.caches.get(supergraph)?.texts.get(keyOf(text));
  }

  private cachesFor(supergraph: Supergraph): Caches {
    let caches = this.caches.get(supergraph);
    if (!caches) {
      caches = {
        texts: new LRUCache<string, Prepared>({
          max: CACHED_TEXTS,
          maxSize: CACHED_CHARACTERS,
          sizeCalculation: (_prepared, key) => key.length,
        }),
        plans: new PlanCache(supergraph, this.options),
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
    const rootRefusal = conditionalRoot(whole);
    if (rootRefusal) return { errors: [rootRefusal] };
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
    const isLong = data !== undefined && isHeavy(data, key, supergraph);
    const request = (values: Conditions | undefined, variant: string): PlanRequest => ({
      key: `${variant}\n${planKey}`,
      document: planned && withoutConditions(planned, values),
      isHeavy: isLong,
    });
    const plans = new ConditionVariants(conditions, (values, variant) => caches.plans.get(request(values, variant)));
    const wholePlan = (): PlanRequest => (conditions.length === 0 ? request({}, '') : request(undefined, 'all'));
    const isSubscription = operation.operation === 'subscription';
    const isPlannedLater = isLong && this.options.thread !== undefined;
    try {
      // If there are conditions, plans are made when their values are known. Sharing a subscription needs a plan at once.
      if (!isPlannedLater && (conditions.length === 0 || isSubscription)) plans.for({});
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
      wholePlan: () => caches.plans.get(wholePlan()),
      makePlans: isPlannedLater
        ? async (variables) => {
            if (!plans.has(variables)) await caches.plans.make(request(...plans.variant(variables)));
            if (isSubscription) await caches.plans.make(wholePlan());
          }
        : undefined,
      shape: new ResponseShape(supergraph, operation, fragments),
      hasOtherNames: planned !== data,
      introspection,
      supergraph,
    };
  }
}

/** Unambiguous, since the length marks the end of the name. */
function keyOf({ query, operationName }: OperationText): string {
  return operationName ? `${operationName.length}\n${operationName}${query}` : `\n${query}`;
}

/** Whether planning took too long. It may be faster at the next attempt. */
function isTooSlow(prepared: Prepared): boolean {
  return 'errors' in prepared && prepared.errors.some(({ extensions }) => extensions.what === 'planning');
}

interface Caches {
  texts: LRUCache<string, Prepared>;
  plans: PlanCache;
}

function fragmentsOf(document: DocumentNode): Record<string, FragmentDefinitionNode> {
  const fragments = Object.create(null) as Record<string, FragmentDefinitionNode>;
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  }
  return fragments;
}

/** The operation's text without its name, in normal form. */
function normalise(document: DocumentNode): string {
  const definitions = document.definitions.map((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? { ...definition, name: undefined } : definition,
  );
  return print({ ...document, definitions });
}

/** A graphql-js message without its suggestion. */
export function withoutSuggestion(message: string): string {
  // Not a regular expression: messages contain clients' values, and a repeated phrase would make it backtrack for minutes.
  const at = message.endsWith('?') ? message.lastIndexOf(' Did you mean ') : -1;
  return at < 0 ? message : message.slice(0, at);
}

/** graphql-js has no error code for this. */
export function isTooManyTokens({ message }: { message: string }): boolean {
  return message.startsWith('Syntax Error: Document contains more that');
}

function withCode(error: GraphQLError, code: ErrorCode, isTerse = false): GraphQLError {
  const message = isTerse ? withoutSuggestion(error.message) : error.message;
  const { nodes, source, positions, path } = error;
  return new GraphQLError(message, { nodes, source, positions, path, extensions: { ...error.extensions, code } });
}

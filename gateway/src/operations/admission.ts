/** Whether an operation may run, whoever asks for it: parsed, measured, validated, planned and its variables coerced. */
import { createHash } from 'node:crypto';
import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import { ApiError } from '@chat/kit/errors';
import type { Logger } from '@chat/kit/logging';
import { compileCost, type CostFunction } from '../limits/operation-cost';
import type { Safelist } from '../limits/safelist';
import { cachePolicyOf, type CachePolicy } from '../planning/cache-policy';
import { coerceVariables } from '../planning/coerce-variables';
import type { OperationPreparer } from '../planning/prepare';
import type { PreparedOperation } from '../planning/prepared-operation';
import type { SupergraphSource } from '../supergraph/source';

/** One operation as a client asks for it. */
export interface OperationRequest {
  query: string;
  operationName?: string | null;
  variables?: unknown;
  /** `cost: true` asks for the operation's cost in the answer's extensions. */
  extensions?: Readonly<Record<string, unknown>> | null;
}

/** An operation that may run. */
export interface Admitted {
  prepared: PreparedOperation;
  /** The same for equal operations, however they are written and named. */
  id: string;
  /** Coerced. */
  variables: Record<string, unknown>;
  /** What it costs at most. */
  cost: number;
  /** How long its answer may be kept; absent for not at all. */
  cachePolicy?: CachePolicy;
  /** Whether the client wants to know the cost. */
  reportsCost: boolean;
  /** Hears the result, or that a subscription has begun; absent where nobody waits for it. */
  finished?: (result: FormattedExecutionResult) => void;
}

/** Why an operation may not run; fit for the client. */
export interface Refused {
  errors: readonly GraphQLFormattedError[];
}

export interface AdmissionDeps {
  source: SupergraphSource;
  preparer: OperationPreparer;
  /** Absent where every operation may run. */
  safelist?: Safelist;
  /** The cost that an operation may have; 0 is off. */
  maxCost: number;
  defaultListSize: number;
  /** Whether answers are kept at all. */
  keepsAnswers: boolean;
  log: Logger;
}

/** What is known about an operation apart from its variables. */
interface Profile {
  /** The same for equal operations, however they are written and named. */
  id: string;
  cost: CostFunction;
  cachePolicy?: CachePolicy;
}

export class Admission {
  private readonly profiles = new WeakMap<PreparedOperation, Profile>();

  constructor(private readonly deps: AdmissionDeps) {}

  /** All of it is remembered except what depends on the variables. */
  examine({ query, operationName, variables, extensions }: OperationRequest): Admitted | Refused {
    const unlisted = this.deps.safelist?.refusal(query);
    if (unlisted) return refuse(unlisted);
    const prepared = this.prepare(query, operationName);
    if ('errors' in prepared) return prepared;
    const coerced = coerceVariables(prepared, variables, this.deps.preparer.isTerse);
    if ('errors' in coerced) return refuse(...coerced.errors);
    const { id, cost: costOf, cachePolicy } = this.profileOf(prepared);
    const cost = costOf(coerced.variables);
    const { maxCost } = this.deps;
    if (maxCost > 0 && cost > maxCost) {
      const message = `The operation costs up to ${cost}; ${maxCost} is allowed. Ask for shorter lists or fewer fields.`;
      return refuse(new ApiError('LIMIT_EXCEEDED', message, { what: 'cost', cost, limit: maxCost }));
    }
    return { prepared, id, variables: coerced.variables, cost, cachePolicy, reportsCost: extensions?.cost === true };
  }

  /** Whether this very text has been parsed, validated and planned before, as a query or mutation. */
  isKnown(query: string, operationName: string | null | undefined): boolean {
    const prepared = this.deps.preparer.known(this.deps.source.current, { query, operationName });
    return prepared !== undefined && 'kind' in prepared && prepared.kind !== 'subscription';
  }

  /** Whether a text may run at all: is listed, parses, fits the schema and keeps within the limits of documents. */
  isValid(query: string, operationName: string | null | undefined): boolean {
    return !this.deps.safelist?.refusal(query) && !('errors' in this.prepare(query, operationName));
  }

  private prepare(query: string, operationName: string | null | undefined): PreparedOperation | Refused {
    try {
      const prepared = this.deps.preparer.prepare(this.deps.source.current, { query, operationName });
      return 'errors' in prepared ? refuse(...prepared.errors) : prepared;
    } catch (error) {
      this.deps.log.error({ err: error, query }, 'an operation that is valid could not be planned');
      return refuse(new ApiError('INTERNAL_SERVER_ERROR', 'This operation could not be planned.'));
    }
  }

  private profileOf(prepared: PreparedOperation): Profile {
    let profile = this.profiles.get(prepared);
    if (!profile) {
      const cost = compileCost(prepared, this.deps.defaultListSize);
      profile = { id: idOf(prepared), cost, cachePolicy: this.deps.keepsAnswers ? cachePolicyOf(prepared) : undefined };
      this.profiles.set(prepared, profile);
    }
    return profile;
  }
}

/** Short, as a key that is made for every request costs its length. */
function idOf({ supergraph, key }: PreparedOperation): string {
  return createHash('sha256').update(`${supergraph.id} ${key}`).digest('base64url');
}

function refuse(...errors: readonly { toJSON(): GraphQLFormattedError }[]): Refused {
  return { errors: errors.map((error) => error.toJSON()) };
}

/** Admits operations: safelist, parsing, limits, validation, planning, variables and cost. Knows no caller. */
import { createHash } from 'node:crypto';
import { Kind, type FormattedExecutionResult, type GraphQLFormattedError } from 'graphql';
import { ApiError } from '@chat/kit/errors';
import type { Logger } from '@chat/kit/logging';
import { compileCost, type CostFunction } from '../limits/operation-cost';
import type { Safelist } from '../limits/safelist';
import { cachePolicyOf, type CachePolicy } from '../planning/cache-policy';
import { coerceVariables } from '../planning/coerce-variables';
import { needsNoViewer } from '../planning/viewer-need';
import type { OperationPreparer } from '../planning/prepare';
import type { PreparedOperation } from '../planning/prepared-operation';
import type { SupergraphSource } from '../supergraph/source';

/** An operation request from a client. */
export interface OperationRequest {
  query: string;
  operationName?: string | null;
  variables?: unknown;
  /** With `cost: true`, the response reports the operation's cost in its extensions. */
  extensions?: Readonly<Record<string, unknown>> | null;
}

/** An admitted operation. */
export interface Admitted {
  prepared: PreparedOperation;
  /** Equal for equal operations, regardless of formatting and name. */
  id: string;
  /** Coerced. */
  variables: Record<string, unknown>;
  /** Upper bound of the cost. */
  cost: number;
  /** Absent if the response must not be cached. */
  cachePolicy?: CachePolicy;
  /** Whether an invalid token does not matter, as for a login. */
  needsNoViewer: boolean;
  /** Whether the operation is called many times a second, so that one line of log for each would be too much. */
  isPaced: boolean;
  /** Whether the response reports the cost. */
  reportsCost: boolean;
  /** The client's request, for a subscription. */
  request?: OperationRequest;
  /** Called with the result, or once a subscription has begun. For usage reports. */
  finished?: (result: FormattedExecutionResult) => void;
}

/** A refused operation, with errors for the client. */
export interface Refused {
  errors: readonly GraphQLFormattedError[];
}

export interface AdmissionDeps {
  source: SupergraphSource;
  preparer: OperationPreparer;
  /** Absent if every operation is allowed. */
  safelist?: Safelist;
  /** Maximum cost of an operation; 0 disables the limit. */
  maxCost: number;
  defaultListSize: number;
  /** Whether the response cache is on. */
  isCaching: boolean;
  log: Logger;
}

/** The properties of an operation that do not depend on its variables. */
interface Profile {
  /** Equal for equal operations, regardless of formatting and name. */
  id: string;
  cost: CostFunction;
  cachePolicy?: CachePolicy;
  needsNoViewer: boolean;
  isPaced: boolean;
}

export class Admission {
  private readonly profiles = new WeakMap<PreparedOperation, Profile>();

  constructor(private readonly deps: AdmissionDeps) {}

  /** Everything except the coerced variables and the cost is cached. */
  examine({ query, operationName, variables, extensions }: OperationRequest): Admitted | Refused {
    const unlisted = this.deps.safelist?.refusal(query);
    if (unlisted) return refuse(unlisted);
    const prepared = this.prepare(query, operationName);
    if ('errors' in prepared) return prepared;
    const coerced = coerceVariables(prepared, variables, this.deps.preparer.isTerse);
    if ('errors' in coerced) return refuse(...coerced.errors);
    const { cost: costOf, ...profile } = this.profileOf(prepared);
    const cost = costOf(coerced.variables);
    const { maxCost } = this.deps;
    if (maxCost > 0 && cost > maxCost) {
      const message = `The operation costs up to ${cost}, more than the limit of ${maxCost}. Request shorter lists or fewer fields.`;
      return refuse(new ApiError('LIMIT_EXCEEDED', message, { what: 'cost', cost, limit: maxCost }));
    }
    return { ...profile, prepared, variables: coerced.variables, cost, reportsCost: extensions?.cost === true };
  }

  /** Whether this exact text was prepared before, as a query or mutation. */
  isKnown(query: string, operationName: string | null | undefined): boolean {
    const prepared = this.deps.preparer.known(this.deps.source.current, { query, operationName });
    return prepared !== undefined && 'kind' in prepared && prepared.kind !== 'subscription';
  }

  /** Whether an operation is on the safelist, valid and within the document limits. */
  isValid(query: string, operationName: string | null | undefined): boolean {
    return !this.deps.safelist?.refusal(query) && !('errors' in this.prepare(query, operationName));
  }

  private prepare(query: string, operationName: string | null | undefined): PreparedOperation | Refused {
    try {
      const prepared = this.deps.preparer.prepare(this.deps.source.current, { query, operationName });
      return 'errors' in prepared ? refuse(...prepared.errors) : prepared;
    } catch (error) {
      this.deps.log.error({ err: error, query }, 'valid operation could not be planned');
      return refuse(new ApiError('INTERNAL_SERVER_ERROR', 'The operation could not be planned.'));
    }
  }

  private profileOf(prepared: PreparedOperation): Profile {
    let profile = this.profiles.get(prepared);
    if (!profile) {
      const cost = compileCost(prepared, this.deps.defaultListSize);
      const cachePolicy = this.deps.isCaching ? cachePolicyOf(prepared) : undefined;
      profile = {
        id: idOf(prepared),
        cost,
        cachePolicy,
        needsNoViewer: needsNoViewer(prepared),
        isPaced: isPaced(prepared),
      };
      this.profiles.set(prepared, profile);
    }
    return profile;
  }
}

/** Whether all root fields are paced. */
function isPaced({ supergraph, operation }: PreparedOperation): boolean {
  const root = supergraph.apiSchema.getRootType(operation.operation)?.name ?? '';
  return operation.selectionSet.selections.every(
    (selection) => selection.kind === Kind.FIELD && supergraph.paceOf(root, selection.name.value) !== undefined,
  );
}

/** A hash, to keep the keys built for every request short. */
function idOf({ supergraph, key }: PreparedOperation): string {
  return createHash('sha256').update(`${supergraph.id} ${key}`).digest('base64url');
}

function refuse(...errors: readonly { toJSON(): GraphQLFormattedError }[]): Refused {
  return { errors: errors.map((error) => error.toJSON()) };
}

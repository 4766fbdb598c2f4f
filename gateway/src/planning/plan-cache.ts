/**
 * The plans of one supergraph: each is made once and kept. Heavy operations are planned on the planning thread if there is one.
 * Refusals for time expire, since the time that planning takes depends on the machine's load.
 */
import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { ApiError } from '@chat/kit/errors';
import type { Supergraph } from '../supergraph/supergraph';
import type { CompiledPlan } from './compiled-plan';
import type { PlanningThread } from './planning-thread';
import { withinDeadline } from './planning-time';
import { compileQueryPlan, queryPlan } from './query-plan';

/** An operation to plan. */
export interface PlanRequest {
  /** Equal keys mean equal plans. */
  key: string;
  /** Has one operation, without conditions; absent if there is nothing to fetch. */
  document?: DocumentNode;
  /** Whether it may take long. */
  isHeavy: boolean;
}

export interface PlanCacheOptions {
  /** Absent to plan everything on the event loop, which then waits until the deadline at most. */
  thread?: PlanningThread;
  /** Called with whether a plan was in the cache, for metrics. */
  onPlan?: (isCached: boolean) => void;
}

const CACHED_PLANS = 2_000;

/** The length of all keys together at most: each character stands for 100 to 300 bytes of plans. */
const CACHED_CHARACTERS = 1_000_000;

const MAX_REFUSALS = 500;

/** How long an operation that took too long is refused without another attempt, in milliseconds. */
const REFUSED_FOR_MS = 60_000;

export class PlanCache {
  private readonly plans = new LRUCache<string, CompiledPlan>({
    max: CACHED_PLANS,
    maxSize: CACHED_CHARACTERS,
    sizeCalculation: (_plan, key) => key.length,
  });
  private readonly refusals = new LRUCache<string, ApiError>({
    max: MAX_REFUSALS,
    maxSize: CACHED_CHARACTERS,
    sizeCalculation: (_refusal, key) => key.length,
    ttl: REFUSED_FOR_MS,
  });
  private readonly pending = new Map<string, Promise<void>>();

  constructor(
    private readonly supergraph: Supergraph,
    private readonly options: PlanCacheOptions,
  ) {}

  /** Plans on the event loop if the plan is not cached. @throws ApiError if there is none, or none in time */
  get({ key, document, isHeavy }: PlanRequest): CompiledPlan {
    const known = this.plans.get(key);
    this.options.onPlan?.(known !== undefined);
    if (known) return known;
    this.throwIfRefused(key);
    const plan = document ? this.planNow(key, document, isHeavy) : { hasContexts: false };
    this.plans.set(key, plan);
    return plan;
  }

  /**
   * Plans a heavy operation on the thread, so that `get` finds its plan. Rejects as `get` throws, and with SERVICE_UNAVAILABLE if too
   * many operations wait.
   */
  async make(request: PlanRequest): Promise<void> {
    const { key, document, isHeavy } = request;
    const { thread } = this.options;
    if (!isHeavy || !document || !thread || this.plans.has(key)) return;
    this.throwIfRefused(key);
    let pending = this.pending.get(key);
    if (!pending) {
      pending = this.planOnThread(key, document, thread).finally(() => this.pending.delete(key));
      this.pending.set(key, pending);
    }
    return pending;
  }

  private planNow(key: string, document: DocumentNode, isHeavy: boolean): CompiledPlan {
    const plan = () => queryPlan(document, this.supergraph);
    try {
      return compileQueryPlan(isHeavy ? withinDeadline(plan) : plan(), document, this.supergraph);
    } catch (error) {
      throw this.remember(key, error);
    }
  }

  private async planOnThread(key: string, document: DocumentNode, thread: PlanningThread): Promise<void> {
    try {
      const plan = await thread.plan(document, this.supergraph);
      this.plans.set(key, compileQueryPlan(plan, document, this.supergraph));
    } catch (error) {
      throw this.remember(key, error);
    }
  }

  private remember(key: string, error: unknown): unknown {
    if (error instanceof ApiError && error.code === 'LIMIT_EXCEEDED') this.refusals.set(key, error);
    return error;
  }

  private throwIfRefused(key: string): void {
    const refusal = this.refusals.get(key);
    if (refusal) throw refusal;
  }
}

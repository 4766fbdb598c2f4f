/** Decides against which budget each operation counts, and counts it. */
import { Kind } from 'graphql';
import type { Housekeeping, Judgement, UncheckedRequest } from './housekeeping';
import { PaceLimiter, type PaceKey } from './pace-limiter';
import type { Allowance, RateLimiter } from './rate-limiter';
import { Resubscriptions, resubscriptionKey } from './resubscriptions';

export class OperationMeter {
  private readonly resubscriptions = new Resubscriptions();
  private readonly pace = new PaceLimiter();

  constructor(
    private readonly limiter: RateLimiter,
    private readonly housekeeping: Housekeeping,
  ) {}

  /**
   * Counts the requests of one caller. Paced fields count against the budget of `connection` only, or of the caller without one; that
   * budget stands even if the others are off.
   * @throws RATE_LIMITED
   */
  async count(
    rateKey: string,
    requests: readonly UncheckedRequest[],
    connection: PaceKey = rateKey,
  ): Promise<Allowance | undefined> {
    let [operations, housekeeping] = [0, 0];
    for (const request of requests) {
      const judgement = this.housekeeping.judge(request);
      if (judgement.kind === 'paced') this.pace.take(connection, judgement.calls, judgement.perSecond);
      else if (this.isHousekeeping(rateKey, request, judgement)) housekeeping++;
      else operations++;
    }
    return this.limiter.isOff ? undefined : this.limiter.take(rateKey, { operations, housekeeping });
  }

  /** Counts a request of paced fields, which waits for nothing. @returns false for any other request. @throws RATE_LIMITED */
  countPaced(request: UncheckedRequest, connection: PaceKey): boolean {
    const judgement = this.housekeeping.judge(request);
    if (judgement.kind !== 'paced') return false;
    this.pace.take(connection, judgement.calls, judgement.perSecond);
    return true;
  }

  /** Remembers the text of a persisted query, since later requests send its hash only. */
  learn(hash: string, text: string): void {
    if (!this.limiter.isOff) this.housekeeping.learn(hash, text);
  }

  /** Call the result once a subscription has ended for the sake of its client; undefined if nothing is counted. */
  resubscription(rateKey: string, request: UncheckedRequest): (() => void) | undefined {
    if (this.limiter.isOff) return undefined;
    const key = resubscriptionKey(rateKey, request);
    return () => this.resubscriptions.add(key);
  }

  private isHousekeeping(rateKey: string, request: UncheckedRequest, judgement: Judgement): boolean {
    if (judgement.kind !== 'subscription') return judgement.kind === 'housekeeping';
    const { cursor } = judgement;
    if (cursor?.kind === Kind.VARIABLE) {
      const { [cursor.name.value]: given } = (request.variables ?? {}) as Record<string, unknown>;
      if (given !== undefined && given !== null) return true;
    } else if (cursor && cursor.kind !== Kind.NULL) {
      return true;
    }
    return this.resubscriptions.take(resubscriptionKey(rateKey, request));
  }
}

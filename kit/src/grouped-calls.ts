/**
 * Answers many callers by one call: inputs that come while a call is under way form the next group. A busy process pays for one
 * round trip a group, and an idle one does not wait. The answering call always begins after the question. A call without an answer
 * does not block later ones: it has a deadline.
 */
import { ApiError } from './errors';

export interface GroupedCallsOptions<Input, Output> {
  /** The most inputs of one call; default 256. */
  maxSize?: number;
  /** The number of calls that may be in flight at once; default 1, which also keeps their effects in order. */
  maxCalls?: number;
  /** How long a call may take before its callers get SERVICE_UNAVAILABLE and its slot is free, in milliseconds; default 20,000. */
  deadlineMs?: number;
  /**
   * How long a call waits for most of the expected callers, in milliseconds; default 0. As many are expected as were there at once since the
   * last wait in vain, as callers that were answered together tend to come back together. For fewer than four, no call waits.
   */
  gatherMs?: number;
  /** Tried for each input of a failed call, one after the other. Without it all of them get that call's error. */
  alone?: (input: Input, error: unknown) => Promise<Output>;
}

interface Waiting<Input, Output> {
  input: Input;
  resolve: (output: Output) => void;
  reject: (error: unknown) => void;
}

/** The share of the expected callers with which a call begins. */
const MOST = 0.85;
/** Fewer expected callers are not waited for, as few meet by chance all the time. */
const WORTH_A_WAIT = 4;
/** With so many callers a call begins in any case: a larger group saves little, and a wait costs throughput. */
const ENOUGH = 16;

export class GroupedCalls<Input, Output> {
  private waiting: Waiting<Input, Output>[] = [];
  private underWay = 0;
  private isStarting = false;
  /** When the youngest call that is under way began. */
  private beganAt = 0;
  /** Callers without an answer, in calls that are under way and before the next one. */
  private callers = 0;
  private expected = 1;
  /** Runs while a call waits for callers. */
  private gathering: NodeJS.Timeout | undefined;
  private readonly maxSize: number;
  private readonly maxCalls: number;
  private readonly deadlineMs: number;
  private readonly gatherMs: number;
  private readonly alone: GroupedCallsOptions<Input, Output>['alone'];

  /** @param call answers inputs in their order. */
  constructor(
    private readonly call: (inputs: readonly Input[]) => Promise<readonly Output[]>,
    { maxSize = 256, maxCalls = 1, deadlineMs = 20_000, gatherMs = 0, alone }: GroupedCallsOptions<Input, Output> = {},
  ) {
    this.maxSize = maxSize;
    this.maxCalls = maxCalls;
    this.deadlineMs = deadlineMs;
    this.gatherMs = gatherMs;
    this.alone = alone;
  }

  /** Inputs of one caller are taken in the order in which they came. */
  run(input: Input): Promise<Output> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ input, resolve, reject });
      this.callers++;
      this.expected = Math.max(this.expected, this.callers);
      this.start();
    });
  }

  /** Age of the youngest call that is under way, in milliseconds; 0 if there is none. */
  get runningMs(): number {
    return this.underWay === 0 ? 0 : performance.now() - this.beganAt;
  }

  private start(): void {
    if (this.isStarting || this.underWay === this.maxCalls || this.waiting.length === 0) return;
    if (this.gatherMs > 0 && this.waiting.length < this.wanted) {
      this.gathering ??= setTimeout(() => this.stopGathering(), this.gatherMs);
      return;
    }
    clearTimeout(this.gathering);
    this.gathering = undefined;
    this.isStarting = true;
    // Further questions of this turn of the event loop come along.
    setImmediate(() => {
      this.isStarting = false;
      void this.answer(this.waiting.splice(0, this.maxSize));
      this.start();
    });
  }

  /** The number of callers with which a call begins at once. */
  private get wanted(): number {
    return this.expected < WORTH_A_WAIT ? 1 : Math.min(this.expected * MOST, ENOUGH, this.maxSize);
  }

  private stopGathering(): void {
    this.gathering = undefined;
    this.expected = this.waiting.length;
    this.start();
  }

  private async answer(group: readonly Waiting<Input, Output>[]): Promise<void> {
    this.underWay++;
    this.beganAt = performance.now();
    try {
      const outputs = await this.inTime(this.call(group.map(({ input }) => input)));
      group.forEach(({ resolve }, index) => resolve(outputs[index]!));
    } catch (error) {
      for (const { input, resolve, reject } of group) {
        if (this.alone) await this.inTime(this.alone(input, error)).then(resolve, reject);
        else reject(error);
      }
    }
    this.underWay--;
    this.callers -= group.length;
    this.start();
  }

  private async inTime<T>(call: Promise<T>): Promise<T> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => reject(new ApiError('SERVICE_UNAVAILABLE', 'No answer came in time. Try again in a moment.')),
      this.deadlineMs,
    );
    try {
      return await Promise.race([call, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

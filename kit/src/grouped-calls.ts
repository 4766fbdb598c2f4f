/**
 * Answers many callers by one call: while it is under way, what is asked meanwhile waits and becomes the next. A busy process pays for
 * a round trip once a group and an idle one waits for nothing; everybody is answered by a call that began after the question.
 */

export interface GroupedCallsOptions<Input, Output> {
  /** The most inputs of one call; default 256. */
  maxSize?: number;
  /** How many calls may be under way at once; default 1, which also keeps the order of what they do. */
  maxCalls?: number;
  /** Tried for each input of a call that failed, one after the other. Without it all of them get that call's error. */
  alone?: (input: Input, error: unknown) => Promise<Output>;
}

interface Waiting<Input, Output> {
  input: Input;
  resolve: (output: Output) => void;
  reject: (error: unknown) => void;
}

export class GroupedCalls<Input, Output> {
  private waiting: Waiting<Input, Output>[] = [];
  private underWay = 0;
  private isStarting = false;
  /** When the youngest call that is under way began. */
  private beganAt = 0;
  private readonly maxSize: number;
  private readonly maxCalls: number;
  private readonly alone: GroupedCallsOptions<Input, Output>['alone'];

  /** @param call answers inputs in their order. */
  constructor(
    private readonly call: (inputs: readonly Input[]) => Promise<readonly Output[]>,
    { maxSize = 256, maxCalls = 1, alone }: GroupedCallsOptions<Input, Output> = {},
  ) {
    this.maxSize = maxSize;
    this.maxCalls = maxCalls;
    this.alone = alone;
  }

  /** Inputs of one caller are taken in the order in which they came. */
  run(input: Input): Promise<Output> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ input, resolve, reject });
      this.start();
    });
  }

  /** How long the youngest call that is under way has been so, in milliseconds; 0 where none is. */
  get runningMs(): number {
    return this.underWay === 0 ? 0 : performance.now() - this.beganAt;
  }

  private start(): void {
    if (this.isStarting || this.underWay === this.maxCalls || this.waiting.length === 0) return;
    this.isStarting = true;
    // Whatever this turn of the event loop has still to ask comes along.
    setImmediate(() => {
      this.isStarting = false;
      void this.answer(this.waiting.splice(0, this.maxSize));
      this.start();
    });
  }

  private async answer(group: readonly Waiting<Input, Output>[]): Promise<void> {
    this.underWay++;
    this.beganAt = performance.now();
    try {
      const outputs = await this.call(group.map(({ input }) => input));
      group.forEach(({ resolve }, index) => resolve(outputs[index]!));
    } catch (error) {
      for (const { input, resolve, reject } of group) {
        if (this.alone) await this.alone(input, error).then(resolve, reject);
        else reject(error);
      }
    }
    this.underWay--;
    this.start();
  }
}

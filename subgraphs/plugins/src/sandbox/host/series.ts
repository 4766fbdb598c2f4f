/** Calls one after the other, without a way to the supervisor in between. Those of programs that share a thread go to it in one message. */
import type { HostSeries, Done, FromHost, HostCall } from './protocol.ts';
import type { Runner } from './runner.ts';

export interface SeriesDeps {
  runnerOf: (program: string) => Runner | undefined;
  tell: (message: FromHost) => void;
}

/** The series of each of its calls that runs. */
const running = new Map<number, Series>();

export const seriesOf = (call: number): Series | undefined => running.get(call);

export class Series {
  private at = 0;
  /** Calls that have begun, and have not ended. */
  private open: Omit<HostCall, 'argument'>[] = [];
  private readonly ended: Done[] = [];
  private timer: NodeJS.Timeout | undefined;
  private hasEffect = false;
  private argument = '';
  private readonly deadline: number;
  private readonly message: HostSeries;
  private readonly deps: SeriesDeps;

  constructor(message: HostSeries, deps: SeriesDeps) {
    this.message = message;
    this.deps = deps;
    this.deadline = performance.now() + message.totalMs;
    this.next();
  }

  private next(): void {
    const { calls, totalMs, until } = this.message;
    const first = calls[this.at];
    if (!first) return this.over();
    const leftMs = until === 'answer' ? this.deadline - performance.now() : totalMs;
    if (leftMs <= 0) return this.over();
    const runner = this.deps.runnerOf(first.program);
    this.argument = first.argument ?? this.argument;
    const { argument } = this;
    this.open = runner?.isShared && until === 'answer' ? this.together(runner) : [first];
    this.at += this.open.length;
    for (const { call } of this.open) running.set(call, this);
    this.timer = setTimeout(() => this.late(), leftMs);
    if (!runner) return this.fail(first.call, 'interrupted', 'The program is not loaded.');
    const callMs = until === 'answer' ? Math.min(first.callMs, leftMs) : first.callMs;
    if (this.open.length === 1) return runner.add({ type: 'call', ...first, argument, callMs });
    runner.add({ type: 'calls', calls: this.open, argument, totalMs: leftMs });
  }

  /** The next calls with the same argument that the runner can take in one message. */
  private together(runner: Runner): Omit<HostCall, 'argument'>[] {
    const rest = this.message.calls.slice(this.at);
    const end = rest.findIndex(
      ({ program, argument }, index) => index > 0 && (argument !== undefined || this.deps.runnerOf(program) !== runner),
    );
    return end === -1 ? rest : rest.slice(0, end);
  }

  /** Gives up the call that runs. */
  private late(): void {
    const [first] = this.open;
    const runner = this.deps.runnerOf(first!.program);
    const { call, ms } = runner?.current(this.open.map((one) => one.call)) ?? { call: first!.call, ms: 0 };
    for (const one of this.open) runner?.add({ type: 'drop', program: one.program, call: one.call });
    // Those before it in one message have returned null.
    while (this.open[0]!.call !== call)
      this.hear({ call: this.open[0]!.call, end: 'returned', json: 'null', log: [], ms: 0 });
    this.fail(call, 'time', `It did not end within ${this.message.totalMs} ms.`, ms);
  }

  private fail(call: number, end: 'interrupted' | 'time', error: string, ms = 0): void {
    this.hear({ call, end, error, log: [], ms });
  }

  hear(done: Done): void {
    if (!running.delete(done.call)) return;
    this.open = this.open.filter(({ call }) => call !== done.call);
    this.ended.push(done);
    const isLast =
      this.message.until === 'answer' ? done.json !== 'null' : this.hasEffect || done.end === 'interrupted';
    if (!isLast && this.open.length > 0) return;
    clearTimeout(this.timer);
    if (isLast) this.over();
    else this.next();
  }

  /** The call that runs uses the API. */
  noteEffect(): void {
    this.hasEffect = true;
  }

  private over(): void {
    for (const { call } of this.open) running.delete(call);
    this.deps.tell({ type: 'ended', series: this.message.series, calls: this.ended });
  }
}

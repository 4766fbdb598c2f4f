/** One program in an instance of QuickJS: its calls, its limits and what leads out of it. Knows no other program. */
import type { QuickJSContext, QuickJSHandle, QuickJSRuntime } from 'quickjs-emscripten-core';
import type { CallEnd, SandboxLimits } from '../sandbox.ts';
import type { Instance } from './instance.ts';
import { Account, type Breach, type Line } from './line.ts';
import type { FromWorker } from './protocol.ts';

/** The thread that a program runs in. */
export interface GuestThread {
  line: Line;
  /** The source of prelude.js. */
  prelude: string;
  /** Ends of calls, which leave together with the message that the thread is idle. */
  ended: (FromWorker & { type: 'done' })[];
}

/** One call that has not ended. */
interface Call {
  id: number;
  leftMs: number;
  spentMs: number;
  openRequests: number;
  account: Account;
}

interface Failure {
  end: CallEnd;
  error: string;
}

/** Jobs between two looks at the deadline. */
const JOBS_AT_ONCE = 1_000;

export class Guest {
  private readonly runtime: QuickJSRuntime;
  private readonly context: QuickJSContext;
  private readonly prelude: QuickJSHandle;
  /** Functions of the prelude that have been called. */
  private readonly methods = new Map<string, QuickJSHandle>();
  private main: QuickJSHandle | undefined;
  private readonly calls = new Map<number, Call>();
  private deadline = Infinity;
  private slicedAt = 0;
  private wasInterrupted = false;
  /** Whether it has used up its memory: what it keeps would leave none to the next call. */
  isUsedUp = false;
  private readonly program: string;
  private readonly limits: SandboxLimits;
  private readonly isFull: () => boolean;
  private readonly thread: GuestThread;

  constructor(
    thread: GuestThread,
    instance: Instance,
    program: string,
    limits: SandboxLimits,
    files: Record<string, string>,
  ) {
    this.thread = thread;
    this.program = program;
    this.limits = limits;
    this.isFull = instance.isFull;
    this.runtime = instance.module.newRuntime();
    this.runtime.setMaxStackSize(limits.stackBytes);
    this.runtime.setInterruptHandler(() => {
      if (performance.now() <= this.deadline) return false;
      return (this.wasInterrupted = true);
    });
    this.runtime.setModuleLoader(
      (name) => files[name] ?? { error: new Error(`There is no module ${name} in the bundle.`) },
      (base, name) => (name.startsWith('.') ? resolvePath(base, name) : name),
    );
    this.context = this.runtime.newContext();
    this.prelude = this.startPrelude();
  }

  /** @returns the error, if the program cannot be loaded */
  load(file: string, source: string): string | undefined {
    this.startClock(this.limits.loadMs);
    const result = this.context.evalCode(source, file, { type: 'module', strict: true });
    if (result.error) return this.complaint(result.error);
    let namespace = result.value;
    const jobs = this.runJobs();
    if (jobs) return jobs.error;
    const state = this.context.getPromiseState(namespace);
    if (state.type === 'rejected') return this.complaint(state.error);
    if (state.type === 'pending') return 'Its main module never finishes.';
    if (!state.notAPromise) namespace = state.value;
    this.main = this.context.getProp(namespace, 'default');
    const kind = this.context.typeof(this.main);
    return kind === 'object' || kind === 'function' ? undefined : 'Its main module has no default export.';
  }

  begin(id: number, ms: number): Call {
    const call: Call = { id, leftMs: ms, spentMs: 0, openRequests: 0, account: new Account(this.limits) };
    this.calls.set(id, call);
    return call;
  }

  call(id: number, path: readonly string[], argument: string, ms: number): void {
    const call = this.begin(id, ms);
    const { main } = this;
    if (!main) return this.end(call, 'threw', undefined, 'It could not be loaded.');
    this.slice(call, () => {
      const args = [this.context.newNumber(id), main, ...[JSON.stringify(path), argument].map((x) => this.text(x))];
      return this.invoke('call', args, (result) => {
        if (this.context.typeof(result) === 'string') this.done(call, 'returned', this.string(result));
      });
    });
  }

  evaluate(id: number, source: string, name: string, ms: number): void {
    const call = this.begin(id, ms);
    this.slice(call, () => {
      const failed = this.invoke('begin', [this.context.newNumber(id)]);
      if (failed) return failed;
      const result = this.context.evalCode(source, name, { type: 'global', strict: false });
      if (result.error) return result.error;
      return this.invoke('settle', [this.context.newNumber(id), result.value]);
    });
  }

  answer(id: number, request: number, isError: boolean, json: string): void {
    const call = this.calls.get(id);
    if (!call) return;
    call.openRequests--;
    this.slice(call, () =>
      this.invoke('answer', [
        this.context.newNumber(id),
        this.context.newNumber(request),
        isError ? this.context.true : this.context.false,
        this.text(json),
      ]),
    );
  }

  drop(id: number): void {
    this.calls.delete(id);
  }

  /** Whether the program may be in a state that its author never meant. */
  get isSpoilt(): boolean {
    return this.wasInterrupted;
  }

  /** Runs code of one call, and the jobs that follow. */
  private slice(call: Call, work: () => QuickJSHandle | undefined): void {
    this.thread.line.note(call.id);
    this.startClock(call.leftMs);
    this.slicedAt = performance.now();
    const failure = this.attempt(work);
    const ms = performance.now() - this.slicedAt;
    call.leftMs -= ms;
    this.deadline = Infinity;
    if (failure) this.end(call, failure.end, undefined, failure.error);
    else if (this.calls.has(call.id) && call.leftMs <= 0) this.end(call, 'time', undefined, 'It ran too long.');
    else if (this.calls.has(call.id) && call.openRequests <= 0)
      this.end(call, 'stalled', undefined, 'Its promise never settles.');
    call.spentMs += ms;
    if (this.isSpoilt || this.isUsedUp)
      for (const other of [...this.calls.values()]) this.end(other, 'interrupted', undefined, 'Another call failed.');
  }

  private attempt(work: () => QuickJSHandle | undefined): Failure | undefined {
    try {
      const error = work();
      return error ? this.failure(error) : this.runJobs();
    } catch {
      // The engine found no memory for an error.
      return { end: 'memory', error: 'It used up its memory.' };
    }
  }

  private startClock(ms: number): void {
    this.wasInterrupted = false;
    this.deadline = performance.now() + ms;
  }

  private invoke(
    name: string,
    args: QuickJSHandle[],
    use?: (result: QuickJSHandle) => void,
  ): QuickJSHandle | undefined {
    const method = this.methods.get(name) ?? this.context.getProp(this.prelude, name);
    this.methods.set(name, method);
    const result = this.context.callFunction(method, this.context.undefined, args);
    for (const arg of args) if (arg !== this.main) arg.dispose(); // disposing of a constant does nothing
    if (result.error) return result.error;
    use?.(result.value);
    result.value.dispose();
    return undefined;
  }

  private runJobs(): Failure | undefined {
    while (this.runtime.hasPendingJob()) {
      const result = this.runtime.executePendingJobs(JOBS_AT_ONCE);
      if (result.error) {
        const failure = this.failure(result.error);
        // A rejection that nobody handles is no failure of the call.
        if (failure.end !== 'threw') return failure;
      }
      if (performance.now() > this.deadline) {
        this.wasInterrupted = true;
        return { end: 'time', error: 'It ran too long.' };
      }
    }
    return undefined;
  }

  /** The only function of the program's realm that leads out. Checks everything, as programs may call it with anything. */
  private post(kind: string, id: number, first: string, second: string, request: number): string | undefined {
    const call = this.calls.get(id);
    if (kind === 'log') {
      call?.account.keepLog(first, second);
      return call?.account.logLeft === 0 ? 'The log is full.' : undefined;
    }
    if (!call) return 'The call has ended.';
    if (kind === 'done') return void this.done(call, first, second);
    if (kind !== 'api' || !Number.isInteger(request)) return 'There is no such operation.';
    if (!this.within(call, call.account.request())) return 'Too many API calls.';
    if (!this.within(call, call.account.output(second.length))) return 'Too much output.';
    call.openRequests++;
    this.thread.line.send({
      type: 'api',
      program: this.program,
      call: id,
      request,
      operation: first.slice(0, 100),
      json: second,
    });
    return undefined;
  }

  private done(call: Call, how: string, text: string): void {
    if (!this.within(call, call.account.output(text.length))) return;
    if (how === 'returned') return this.end(call, 'returned', text);
    this.end(call, endOfMessage(text), undefined, text.slice(0, 2_000));
  }

  /** @returns false if the call has ended by exceeding a limit */
  private within(call: Call, breach: Breach | undefined): boolean {
    if (breach) this.end(call, breach.end, undefined, breach.error);
    return breach === undefined;
  }

  private end(call: Call, end: CallEnd, json?: string, error?: string): void {
    if (!this.calls.delete(call.id)) return;
    if (end === 'memory') this.isUsedUp = this.isFull();
    this.thread.ended.push({
      type: 'done',
      call: call.id,
      end,
      json,
      error,
      log: call.account.log,
      ms: call.spentMs + performance.now() - this.slicedAt,
    });
  }

  private startPrelude(): QuickJSHandle {
    const { context } = this;
    const make = context.unwrapResult(context.evalCode(this.thread.prelude, 'prelude.js'));
    const post = context.newFunction('post', (kind, id, first, second, request) => {
      const refusal = this.post(
        this.string(kind),
        id && context.typeof(id) === 'number' ? context.getNumber(id) : -1,
        this.string(first),
        this.string(second),
        request && context.typeof(request) === 'number' ? context.getNumber(request) : NaN,
      );
      return refusal === undefined ? context.undefined : context.newString(refusal);
    });
    return context.unwrapResult(context.callFunction(make, context.undefined, post));
  }

  /** Text of the program that is copied only if it is not too long. */
  private string(handle: QuickJSHandle | undefined): string {
    if (!handle || this.context.typeof(handle) !== 'string') return '';
    const length = this.context.getProp(handle, 'length').consume((value) => this.context.getNumber(value));
    return length > this.limits.outputChars ? ' '.repeat(this.limits.outputChars + 1) : this.context.getString(handle);
  }

  private text(value: string): QuickJSHandle {
    return this.context.newString(value);
  }

  private failure(error: QuickJSHandle): Failure {
    const message = this.complaint(error);
    if (this.wasInterrupted) return { end: 'time', error: message };
    const isOutOfMemory = (message === UNREADABLE || message === '') && this.isFull();
    return { end: isOutOfMemory ? 'memory' : endOfMessage(message), error: message };
  }

  /** Disposes of the error. */
  private complaint(error: QuickJSHandle): string {
    if (this.wasInterrupted) return 'It ran too long.';
    try {
      const dumped = this.context.dump(error) as unknown;
      if (dumped === null || typeof dumped !== 'object') return String(dumped).slice(0, 2_000);
      const { name = 'Error', message = '' } = dumped as { name?: unknown; message?: unknown };
      return `${String(name)}: ${String(message)}`.slice(0, 2_000);
    } catch {
      return UNREADABLE;
    } finally {
      error.dispose();
    }
  }
}

const UNREADABLE = 'An error that cannot be shown.';

/** Errors of the engine's own limits are known by their messages; programs may throw the same, and gain nothing by it. */
function endOfMessage(text: string): CallEnd {
  if (/^InternalError: out of memory|^null$/.test(text)) return 'memory';
  if (/^(InternalError: stack overflow|RangeError: Maximum call stack size exceeded)/.test(text)) return 'stack';
  if (/^InternalError: interrupted/.test(text)) return 'time';
  return 'threw';
}

function resolvePath(base: string, name: string): string {
  const parts = base.split('/').slice(0, -1);
  for (const part of name.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

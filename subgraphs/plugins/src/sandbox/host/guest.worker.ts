/**
 * A worker thread that runs one program in QuickJS. Loads no other file of this package, as it runs where nothing else is mounted. Its
 * deadline is polled by the engine between byte codes only; the host ends the thread if a native built-in runs longer.
 */
import variant from '@jitl/quickjs-wasmfile-release-sync';
import { createRequire } from 'node:module';
import { workerData } from 'node:worker_threads';
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  type QuickJSWASMModule,
} from 'quickjs-emscripten-core';
import type { CallEnd, SandboxLimits } from '../sandbox';
import type { Account as CallAccount, Breach } from './line';
import type { FromWorker, GuestData, ToWorker } from './protocol';

const { engine, prelude, ...lineData } = workerData as GuestData;
const { Account, Line } = createRequire(lineData.lineFile)(lineData.lineFile) as typeof import('./line');
const line = new Line(lineData);

/** One call that has not ended. */
interface Call {
  id: number;
  leftMs: number;
  spentMs: number;
  openRequests: number;
  account: CallAccount;
}

/** Ends of calls, which leave together with the message that the thread is idle. */
const ended: FromWorker[] = [];

/** Jobs between two looks at the deadline. */
const JOBS_AT_ONCE = 1_000;

/** Memory for reading an error of a program that has used up its own, in bytes. */
const SPARE_BYTES = 1 << 20;

class Guest {
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
  private readonly program: string;
  private readonly limits: SandboxLimits;

  constructor(module: QuickJSWASMModule, program: string, limits: SandboxLimits, files: Record<string, string>) {
    this.program = program;
    this.limits = limits;
    this.runtime = module.newRuntime();
    this.runtime.setMemoryLimit(limits.memoryBytes);
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
    this.slice(call, () => {
      const args = [
        this.context.newNumber(id),
        this.main!,
        ...[JSON.stringify(path), argument].map((x) => this.text(x)),
      ];
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
    this.startClock(call.leftMs);
    this.slicedAt = performance.now();
    const error = work();
    const failure = error ? this.failure(error) : this.runJobs();
    const ms = performance.now() - this.slicedAt;
    call.leftMs -= ms;
    this.deadline = Infinity;
    if (failure) this.end(call, failure.end, undefined, failure.error);
    else if (this.calls.has(call.id) && call.leftMs <= 0) this.end(call, 'time', undefined, 'It ran too long.');
    else if (this.calls.has(call.id) && call.openRequests <= 0)
      this.end(call, 'stalled', undefined, 'Its promise never settles.');
    call.spentMs += ms;
    if (this.wasInterrupted)
      for (const other of [...this.calls.values()]) this.end(other, 'interrupted', undefined, 'Another call failed.');
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

  private runJobs(): { end: CallEnd; error: string } | undefined {
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
    if (kind === 'log') return void call?.account.keepLog(first, second);
    if (!call) return 'The call has ended.';
    if (kind === 'done') return void this.done(call, first, second);
    if (kind !== 'api' || !Number.isInteger(request)) return 'There is no such operation.';
    if (!this.within(call, call.account.request())) return 'Too many API calls.';
    if (!this.within(call, call.account.output(second.length))) return 'Too much output.';
    call.openRequests++;
    line.send({ type: 'api', program: this.program, call: id, request, operation: first.slice(0, 100), json: second });
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
    ended.push({
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
    const make = context.unwrapResult(context.evalCode(prelude, 'prelude.js'));
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

  private failure(error: QuickJSHandle): { end: CallEnd; error: string } {
    const message = this.complaint(error);
    return { end: this.wasInterrupted ? 'time' : endOfMessage(message), error: message };
  }

  /** Disposes of the error. */
  private complaint(error: QuickJSHandle): string {
    if (this.wasInterrupted) return 'It ran too long.';
    // To read an error takes memory, of which there may be none left.
    this.runtime.setMemoryLimit(this.limits.memoryBytes + SPARE_BYTES);
    try {
      const dumped = this.context.dump(error) as unknown;
      if (dumped === null || typeof dumped !== 'object') return String(dumped).slice(0, 2_000);
      const { name = 'Error', message = '' } = dumped as { name?: unknown; message?: unknown };
      return `${String(name)}: ${String(message)}`.slice(0, 2_000);
    } catch {
      return 'An error that cannot be shown.';
    } finally {
      error.dispose();
      this.runtime.setMemoryLimit(this.limits.memoryBytes);
    }
  }
}

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

async function main(): Promise<void> {
  const module = await newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmModule: engine }));
  let guest: Guest | undefined;
  const load = (program: string, limits: SandboxLimits, files: Record<string, string>, file: string) => {
    guest = new Guest(module, program, limits, files);
    return guest.load(file, files[file] ?? '');
  };
  const work = (message: ToWorker): void => {
    switch (message.type) {
      case 'load': {
        const { program, limits, files, main: file } = message;
        return void ended.push({ type: 'loaded', load: message.load, error: load(program, limits, files, file) });
      }
      case 'evaluate': {
        const { call, program, limits, source, name } = message;
        guest = new Guest(module, program, limits, {});
        return guest.evaluate(call, source, name, limits.callMs);
      }
      case 'call':
        return guest!.call(message.call, message.path, message.argument, message.callMs);
      case 'answer':
        return guest!.answer(message.call, message.request, message.isError, message.json);
      case 'drop':
        return guest!.drop(message.call);
    }
  };
  line.serve((message) => {
    work(message);
    return [...ended.splice(0), { type: guest?.isSpoilt ? 'spoilt' : 'idle' }];
  });
}

void main();

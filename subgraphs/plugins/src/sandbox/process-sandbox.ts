/**
 * The sandbox: programs run in QuickJS or as WebAssembly, in worker threads of one host process. This supervisor outside of the process keeps
 * its limits, ends it when it hangs or grows, and starts it again. A call that dies with the process is reported as interrupted.
 */
import type { Logger } from '@chat/kit/logging';
import { residentBytes } from '@chat/kit/process/resident-memory';
import { readFile } from 'node:fs/promises';
import type { ContainerEngine } from './container';
import type { Done, FromHost, ToHost } from './host/protocol';
import { launch, type Isolation } from './launcher';
import {
  LoadError,
  type CallOptions,
  type CallResult,
  type Program,
  type Sandbox,
  type SandboxLimits,
  type SeriesCall,
  type SeriesOptions,
} from './sandbox';
import { SandboxHost } from './sandbox-host';

export interface ProcessSandboxOptions {
  /** `auto` uses bubblewrap if it works on this machine. */
  isolation: Isolation | 'auto';
  /** Name or path of bubblewrap. */
  bwrap: string;
  /** The engine of containers. */
  container: ContainerEngine;
  /** Memory of the host process, in bytes; resident memory outside of a container. */
  hostMemoryBytes: number;
  /** Keeps a second host process without programs, which takes the place of one that dies. */
  hasSpare?: boolean;
  log: Logger;
}

/** Time for the host process to start, in milliseconds. */
const START_MS = 10_000;
/** How often the host process is looked at, in milliseconds. */
const WATCH_MS = 500;
/** A host process that does not answer for this long is ended, in milliseconds. */
const SILENT_MS = 2_000;
/** Time beyond {@link SandboxLimits.totalMs} until a call is given up here, in milliseconds. */
const SLACK_MS = 1_000;
/** Processor time of one host process, in seconds. */
const CPU_SECONDS = 24 * 3600;

export class ProcessSandbox implements Sandbox {
  private readonly programs = new Map<string, Program>();
  private host: Promise<SandboxHost> | undefined;
  private current: SandboxHost | undefined;
  private spare: Promise<SandboxHost | undefined> | undefined;
  private nextCall = 1;
  private nextSeries = 1;
  private nextLoad = 1;
  private nextScript = 1;
  private isClosed = false;
  private readonly timer: NodeJS.Timeout;
  private chosen: Isolation | undefined;
  /** Number of host processes that have ended by themselves. */
  restarts = 0;

  constructor(private readonly options: ProcessSandboxOptions) {
    this.timer = setInterval(() => void this.watch(), WATCH_MS).unref();
  }

  get isolation(): string {
    return this.chosen ?? 'none yet';
  }

  /** The process id of the host, for tests and gauges. */
  get pid(): number | undefined {
    return this.current?.pid;
  }

  /** The process id of the host that is kept in reserve, once it has started; undefined if there is none. */
  async sparePid(): Promise<number | undefined> {
    return (await this.spare)?.pid;
  }

  async load(program: Program): Promise<void> {
    const host = await this.started();
    await this.loadInto(host, program);
    this.programs.set(program.id, program);
  }

  async unload(id: string): Promise<void> {
    this.programs.delete(id);
    this.current?.send({ type: 'unload', program: id });
  }

  call(id: string, path: readonly string[], argument: unknown, options: CallOptions = {}): Promise<CallResult> {
    const program = this.programs.get(id);
    if (!program) return Promise.resolve(interrupted('The program is not loaded.'));
    const { callMs = program.limits.callMs, totalMs = program.limits.totalMs } = options;
    return this.run(id, options.context, totalMs, (call) => ({
      type: 'call',
      call,
      program: id,
      path,
      argument: JSON.stringify(argument) ?? 'null',
      callMs,
    }));
  }

  async callInTurn(calls: readonly SeriesCall[], { until, totalMs }: SeriesOptions): Promise<CallResult[]> {
    let host: SandboxHost;
    try {
      host = this.current ?? (await this.started());
    } catch (error) {
      return [interrupted((error as Error).message)];
    }
    const series = this.nextSeries++;
    const sent = calls.map(({ id, path, argument, callMs }, index) => ({
      call: this.nextCall++,
      program: id,
      path,
      ...(argument !== calls[index - 1]?.argument && { argument: JSON.stringify(argument) ?? 'null' }),
      callMs: callMs ?? this.programs.get(id)?.limits.callMs ?? totalMs,
    }));
    const results: CallResult[] = [];
    return new Promise((resolve) => {
      const over = (): void => {
        clearTimeout(timer);
        host.series.delete(series);
        for (const { call } of sent) host.calls.delete(call);
        resolve(results);
      };
      const interrupt = (): void => {
        if (results.length < sent.length) results.push(interrupted('The process of the sandbox ended.'));
        over();
      };
      // The host keeps the time; this is for one that does not.
      const timer = setTimeout(host.kill, SLACK_MS + totalMs * (until === 'answer' ? 1 : sent.length));
      for (const [index, { call, program }] of sent.entries()) {
        const settle = (result: CallResult): void => {
          host.calls.delete(call);
          results.push(result);
        };
        host.calls.set(call, { program, context: calls[index]!.context, settle });
      }
      const end = (done: readonly Done[]): void => {
        for (const one of done) this.settle(host, one);
        over();
      };
      host.series.set(series, { end, interrupt });
      host.send({ type: 'series', series, calls: sent, until, totalMs });
    });
  }

  async evaluate(source: string, name: string, limits: SandboxLimits): Promise<CallResult> {
    const program = `script ${this.nextScript++}`;
    const result = await this.run(program, undefined, limits.totalMs, (call) => ({
      type: 'evaluate',
      call,
      program,
      source,
      name,
      limits,
    }));
    this.current?.send({ type: 'unload', program });
    return result;
  }

  /** Resolves when the next program need not wait for a thread, for exact times. */
  async prepared(): Promise<void> {
    const host = await this.started();
    await Promise.race([
      host.end,
      new Promise<void>((resolve) => host.preparing.push(resolve) && host.send({ type: 'prepare' })),
    ]);
  }

  private async run(
    program: string,
    context: unknown,
    totalMs: number,
    message: (call: number) => ToHost,
  ): Promise<CallResult> {
    let host: SandboxHost;
    try {
      // No await if it runs: most calls come then.
      host = this.current ?? (await this.started());
    } catch (error) {
      return interrupted((error as Error).message);
    }
    const call = this.nextCall++;
    return new Promise((resolve) => {
      const giveUp = (): void => {
        host.send({ type: 'drop', program, call });
        settle({ end: 'time', error: `It did not end within ${totalMs} ms.`, log: [], ms: 0 });
      };
      const timer = setTimeout(giveUp, totalMs);
      const settle = (result: CallResult): void => {
        clearTimeout(timer);
        host.calls.delete(call);
        resolve(result);
      };
      host.calls.set(call, { program, context, settle });
      host.send(message(call));
    });
  }

  private hear(host: SandboxHost, message: FromHost): void {
    if (message.type === 'done') {
      this.settle(host, message);
    } else if (message.type === 'ended') {
      host.series.get(message.series)?.end(message.calls);
    } else if (message.type === 'loaded') {
      const loading = host.loading.get(message.load);
      host.loading.delete(message.load);
      if (message.error === undefined) loading?.resolve();
      else loading?.reject(new LoadError(message.error));
    } else if (message.type === 'prepared') {
      for (const resolve of host.preparing.splice(0)) resolve();
    } else if (message.type === 'api') void this.answer(host, message);
  }

  private settle(host: SandboxHost, { call, end, json, error, log, ms }: Done): void {
    host.calls.get(call)?.settle({ end, ...(json !== undefined && { value: JSON.parse(json) }), error, log, ms });
  }

  private async answer(host: SandboxHost, { program, call, request, operation, json }: FromHost & { type: 'api' }) {
    const waiting = host.calls.get(call);
    const known = this.programs.get(program);
    let answer: { isError: boolean; json: string };
    try {
      if (!waiting || !known || waiting.program !== program) throw new Error('There is no API here.');
      const value = await known.onApi(operation, JSON.parse(json), waiting.context);
      answer = { isError: false, json: JSON.stringify(value) ?? 'null' };
    } catch (error) {
      answer = { isError: true, json: JSON.stringify((error as Error).message ?? 'It failed.') };
    }
    host.send({ type: 'answer', program, call, request, ...answer });
  }

  private loadInto(host: SandboxHost, { id, sharesThread = false, ...program }: Program): Promise<void> {
    const load = this.nextLoad++;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    host.loading.set(load, { resolve, reject });
    const late = (): void => {
      host.loading.delete(load);
      reject(new LoadError('It did not load in time.'));
    };
    const timer = setTimeout(late, 10 * program.limits.loadMs + SLACK_MS);
    const { runtime, files, main, limits } = program;
    host.send({ type: 'load', load, program: id, sharesThread, runtime, files, main, limits });
    return promise.finally(() => clearTimeout(timer));
  }

  private started(): Promise<SandboxHost> {
    if (this.isClosed) return Promise.reject(new Error('The sandbox is closed.'));
    return (this.host ??= this.start().catch((error: unknown) => {
      this.host = undefined;
      throw error;
    }));
  }

  private async start(): Promise<SandboxHost> {
    const { isolation, log } = this.options;
    if (this.chosen) return this.open(this.chosen);
    if (isolation !== 'auto') return this.open(isolation);
    try {
      return await this.open('bubblewrap');
    } catch (error) {
      log.warn(
        { err: error },
        'bubblewrap does not work here: plugins run in a process of their own without it. Their engine still holds them, but nothing ' +
          'would hold a program that escapes from the engine: it could open network connections and read what this account can read.',
      );
      return this.open('process');
    }
  }

  private async open(isolation: Isolation): Promise<SandboxHost> {
    const spare = await this.spare;
    this.spare = undefined;
    const host = spare && !spare.isOver ? spare : await this.begin(isolation);
    host.heardAt = performance.now(); // a spare has not been asked
    if (this.isClosed) host.kill();
    this.chosen = isolation;
    this.current = host;
    // One by one, so that a broken program does not stop the others.
    for (const program of this.programs.values()) await this.loadInto(host, program).catch(() => undefined);
    if (this.options.hasSpare && !this.isClosed) this.spare = this.begin(isolation).catch(() => undefined);
    return host;
  }

  /** Starts a host process. */
  private async begin(isolation: Isolation): Promise<SandboxHost> {
    const { bwrap, container, hostMemoryBytes: memoryBytes } = this.options;
    const launched = launch(isolation, { bwrap, container, memoryBytes, cpuSeconds: CPU_SECONDS, openFiles: 256 });
    const host = new SandboxHost(
      launched,
      (from, message) => this.hear(from, message),
      (from, complaint) => this.ended(from, complaint),
    );
    const timer = setTimeout(() => host.kill(), START_MS);
    try {
      await host.begun;
    } finally {
      clearTimeout(timer);
    }
    return host;
  }

  private ended(host: SandboxHost, complaint: string): void {
    for (const { interrupt } of [...host.series.values()]) interrupt();
    for (const { settle } of [...host.calls.values()]) settle(interrupted('The process of the sandbox ended.'));
    for (const { reject } of host.loading.values()) reject(new Error('The process of the sandbox ended.'));
    if (this.current !== host) return;
    this.current = undefined;
    this.host = undefined;
    if (this.isClosed) return;
    this.restarts++;
    this.options.log.error({ complaint }, 'the process of the plugins ended; starting it again');
    if (this.programs.size > 0) this.started().catch(() => undefined);
  }

  /** Ends a host process that is silent or too large. */
  private async watch(): Promise<void> {
    const host = this.current;
    if (!host) return;
    if (performance.now() - host.heardAt > SILENT_MS + WATCH_MS) return host.kill();
    if (performance.now() - host.heardAt > WATCH_MS) host.send({ type: 'ping' });
    if ((await residentBytesOfAll(host.pid)) > this.options.hostMemoryBytes) {
      this.options.log.error('the process of the plugins uses too much memory');
      host.kill();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true;
    clearInterval(this.timer);
    const hosts = [await this.host?.catch(() => undefined), await this.spare];
    for (const host of hosts) host?.kill();
    for (const host of hosts) await host?.end;
  }
}

const interrupted = (error: string): CallResult => ({ end: 'interrupted', error, log: [], ms: 0 });

/** Resident memory of a process and its children, in bytes; 0 if the system does not tell. */
async function residentBytesOfAll(pid: number | undefined): Promise<number> {
  if (pid === undefined) return 0;
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')).trim();
  const sizes = await Promise.all(
    children === '' ? [] : children.split(' ').map((child) => residentBytesOfAll(Number(child))),
  );
  return sizes.reduce((sum, size) => sum + size, (await residentBytes(pid)) ?? 0);
}

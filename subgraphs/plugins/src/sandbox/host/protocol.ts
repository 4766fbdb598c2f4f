/** Messages between the supervisor, the host process and its workers. Types only, so that the host loads no other file of this package. */
import type { MessagePort } from 'node:worker_threads';
import type { CallEnd, LogLine, Runtime, SandboxLimits, SeriesStop } from '../sandbox.ts';

/** A call of a function of a program. */
export interface HostCall {
  call: number;
  program: string;
  path: readonly string[];
  /** JSON. */
  argument: string;
  callMs: number;
}

/** Calls, each of which begins after the end of the one before. Answered by `ended`. */
export interface HostSeries {
  type: 'series';
  series: number;
  /** Without an argument, it is that of the call before. */
  calls: readonly (Omit<HostCall, 'argument'> & { argument?: string })[];
  until: SeriesStop;
  /** For all calls together if it stops at an answer, for each otherwise. */
  totalMs: number;
}

/** From the supervisor to the host, one JSON text a line. */
export type ToHost =
  | {
      type: 'load';
      load: number;
      program: string;
      runtime: Runtime;
      /** Whether it shares a thread with other such programs. */
      sharesThread: boolean;
      files: Record<string, string>;
      main: string;
      limits: SandboxLimits;
    }
  | { type: 'unload'; program: string }
  | ({ type: 'call' } & HostCall)
  | HostSeries
  | { type: 'evaluate'; call: number; program: string; source: string; name: string; limits: SandboxLimits }
  /** `json` is the value, or the message of an error. */
  | { type: 'answer'; program: string; call: number; request: number; isError: boolean; json: string }
  | { type: 'drop'; program: string; call: number }
  /** Answered when a thread with an engine waits for the next program. */
  | { type: 'prepare' }
  | { type: 'ping' };

/** The end of a call. */
export interface Done {
  call: number;
  end: CallEnd;
  json?: string;
  error?: string;
  log: LogLine[];
  ms: number;
}

/** From the host to the supervisor. */
export type FromHost =
  | { type: 'pong' }
  | { type: 'prepared' }
  /** `error` is absent if the program has been loaded. */
  | { type: 'loaded'; load: number; error?: string }
  | { type: 'api'; program: string; call: number; request: number; operation: string; json: string }
  | ({ type: 'done' } & Done)
  /** `calls` are those that have ended. The others of the series have not begun. */
  | { type: 'ended'; series: number; calls: readonly Done[] };

/** Work for the thread; it does one thing at a time and says `idle` after each. */
export type ToWorker =
  | Exclude<ToHost, { type: 'prepare' | 'ping' | 'series' }>
  /** Calls with the same argument of programs in one thread: each begins when the one before has returned null. */
  | { type: 'calls'; calls: readonly Omit<HostCall, 'argument'>[]; argument: string; totalMs: number };

export type FromWorker =
  | Exclude<FromHost, { type: 'pong' | 'prepared' | 'ended' }>
  | { type: 'idle' }
  /** Its thread is blocked until the answer to the call's request is here. */
  | { type: 'waits'; call: number }
  /** The program was interrupted at any place, so it must not be used again. */
  | { type: 'spoilt'; program: string };

/** The line between the host and a thread. Messages wait in the port until the signal tells of them. */
export interface LineData {
  port: MessagePort;
  /** Numbers of 32 bits; see SIGNAL in line.ts. */
  signal: SharedArrayBuffer;
}

/** The start data of a worker for JavaScript. */
export interface GuestData extends LineData {
  /** QuickJS, compiled. */
  engine: WebAssembly.Module;
  /** The source of prelude.js. */
  prelude: string;
  /** Memory that the program will probably have. */
  memoryBytes: number;
}

/** The start data of a worker for WebAssembly. */
export type WasmData = LineData;

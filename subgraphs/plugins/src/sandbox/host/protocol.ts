/** Messages between the supervisor, the host process and its workers. Types only, so that the host loads no other file of this package. */
import type { MessagePort } from 'node:worker_threads';
import type { CallEnd, LogLine, Runtime, SandboxLimits, SeriesStop } from '../sandbox';

/** A call of a function of a program. */
export interface HostCall {
  call: number;
  program: string;
  path: readonly string[];
  /** JSON. */
  argument: string;
  callMs: number;
}

/** From the supervisor to the host, one JSON text a line. */
export type ToHost =
  | {
      type: 'load';
      load: number;
      program: string;
      runtime: Runtime;
      files: Record<string, string>;
      main: string;
      limits: SandboxLimits;
    }
  | { type: 'unload'; program: string }
  | ({ type: 'call' } & HostCall)
  /** Calls, each of which begins after the end of the one before. Answered by `ended`. */
  | {
      type: 'series';
      series: number;
      /** Without an argument, it is that of the call before. */
      calls: readonly (Omit<HostCall, 'argument'> & { argument?: string })[];
      until: SeriesStop;
      /** For all calls together if it stops at an answer, for each otherwise. */
      totalMs: number;
    }
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

/** Work for the worker of one program; it does one at a time and says `idle` after each. */
export type ToWorker = Exclude<ToHost, { type: 'unload' | 'prepare' | 'ping' | 'series' }>;

export type FromWorker =
  | Exclude<FromHost, { type: 'pong' | 'prepared' | 'ended' }>
  | { type: 'idle' }
  /** Its thread is blocked until the answer to the call's request is here. */
  | { type: 'waits'; call: number }
  /** The program was interrupted at any place, so it must not be used again. */
  | { type: 'spoilt' };

/** The line between the host and a thread. Messages wait in the port until the signal tells of them. */
export interface LineData {
  port: MessagePort;
  /** Two counts of 32 bits: messages to the thread, and messages from it. */
  signal: SharedArrayBuffer;
  /** The path of line.ts. */
  lineFile: string;
}

/** The start data of a worker for JavaScript. */
export interface GuestData extends LineData {
  /** QuickJS, compiled. */
  engine: WebAssembly.Module;
  /** The source of prelude.js. */
  prelude: string;
}

/** The start data of a worker for WebAssembly. */
export type WasmData = LineData;

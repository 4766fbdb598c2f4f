/** Messages between the supervisor, the host process and its workers. Types only, so that the host loads no other file of this package. */
import type { CallEnd, LogLine, Runtime, SandboxLimits } from '../sandbox';

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
  | {
      type: 'call';
      call: number;
      program: string;
      path: readonly string[];
      /** JSON. */
      argument: string;
      callMs: number;
    }
  | { type: 'evaluate'; call: number; program: string; source: string; name: string; limits: SandboxLimits }
  /** `json` is the value, or the message of an error. */
  | { type: 'answer'; program: string; call: number; request: number; isError: boolean; json: string }
  | { type: 'drop'; program: string; call: number }
  /** Answered when a thread with an engine waits for the next program. */
  | { type: 'prepare' }
  | { type: 'ping' };

/** From the host to the supervisor. */
export type FromHost =
  | { type: 'pong' }
  | { type: 'prepared' }
  /** `error` is absent if the program has been loaded. */
  | { type: 'loaded'; load: number; error?: string }
  | { type: 'api'; program: string; call: number; request: number; operation: string; json: string }
  | { type: 'done'; call: number; end: CallEnd; json?: string; error?: string; log: LogLine[]; ms: number };

/** Work for the worker of one program; it does one at a time and says `idle` after each. */
export type ToWorker = Exclude<ToHost, { type: 'unload' | 'prepare' | 'ping' }>;

export type FromWorker =
  | Exclude<FromHost, { type: 'pong' | 'prepared' }>
  | { type: 'idle' }
  /** Its thread is blocked until the answer to the call's request is here. */
  | { type: 'waits'; call: number }
  /** The program was interrupted at any place, so it must not be used again. */
  | { type: 'spoilt' };

/** The start data of a worker for JavaScript. */
export interface GuestData {
  /** QuickJS, compiled. */
  engine: WebAssembly.Module;
  /** The source of prelude.js. */
  prelude: string;
}

/** The start data of a worker for WebAssembly. */
export interface WasmData {
  /** 32 bits that are 1 after an answer was sent to a worker that waits. */
  signal: SharedArrayBuffer;
}

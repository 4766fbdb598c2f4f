/** The interface of sandboxes: programs, calls, limits and endings. Values cross it as JSON only. Holds no implementation. */

/** Limits of one program. */
export interface SandboxLimits {
  /** Memory of the program, in bytes. */
  memoryBytes: number;
  /** Stack of the program, in bytes. */
  stackBytes: number;
  /** Time that the code of one call may run, in milliseconds. Waiting for an API call does not count. */
  callMs: number;
  /** Time that the evaluation of the program may take when it is loaded, in milliseconds. */
  loadMs: number;
  /** Time from the start of a call to its end, waiting included, in milliseconds. */
  totalMs: number;
  /** API calls of one call. */
  apiCalls: number;
  /** Characters of JSON that one call may send: its result and the arguments of its API calls. */
  outputChars: number;
  /** Characters of log that are kept of one call; the rest is dropped. */
  logChars: number;
}

export const DEFAULT_LIMITS: SandboxLimits = {
  memoryBytes: 16 << 20,
  stackBytes: 256 << 10,
  callMs: 100,
  loadMs: 500,
  totalMs: 5_000,
  apiCalls: 1_000,
  outputChars: 256 << 10,
  logChars: 64 << 10,
};

/** The way in which a call ended. */
export type CallEnd =
  /** It returned a value. */
  | 'returned'
  /** It threw, or its promise was rejected. */
  | 'threw'
  /** It ran longer than its time. */
  | 'time'
  | 'memory'
  | 'stack'
  /** Its WebAssembly trapped. */
  | 'crashed'
  /** Its result or its API calls were larger than allowed. */
  | 'output'
  /** It made more API calls than allowed. */
  | 'calls'
  /** Its promise can never settle. */
  | 'stalled'
  /** Another call of the same program or the process of the sandbox died. Repeating the call is right. */
  | 'interrupted';

/** Endings that count against a program: it has behaved badly. */
export const isFault = (end: CallEnd): boolean =>
  ['time', 'memory', 'stack', 'crashed', 'output', 'calls'].includes(end);

export interface LogLine {
  level: 'debug' | 'info' | 'warn' | 'error';
  message: string;
}

export interface CallResult {
  end: CallEnd;
  /** The value, if the call returned. */
  value?: unknown;
  /** The message of the error otherwise. */
  error?: string;
  log: LogLine[];
  /** Time that the code ran, in milliseconds. */
  ms: number;
}

/** Answers an API call of a program. A rejection with an Error reaches the program as an error with the same message. */
export type ApiHandler = (operation: string, argument: unknown, context: unknown) => Promise<unknown>;

/** The engine of a program: QuickJS for JavaScript, or the WebAssembly of V8 for modules of other languages. */
export type Runtime = 'quickjs' | 'wasm';

export interface Program {
  /** Unique in the sandbox. */
  id: string;
  runtime: Runtime;
  /** The sources by path; a WebAssembly module in base64. Imports are resolved among them and nowhere else. */
  files: Record<string, string>;
  /** The path of the module with the default export, or of the WebAssembly module. */
  main: string;
  /** Whether it has a container of its own; otherwise, it shares a host process. */
  hasOwnContainer?: boolean;
  /**
   * Whether it runs in one thread with other such programs: right for programs that are called in turn, as one message then does for all of
   * them. One that ends the thread gets a thread of its own. Of no effect for WebAssembly.
   */
  sharesThread?: boolean;
  limits: SandboxLimits;
  onApi: ApiHandler;
}

export interface CallOptions {
  /** Handed to {@link ApiHandler} with each API call. Does not enter the sandbox. */
  context?: unknown;
  /** Overrides the limit of the program, in milliseconds. */
  callMs?: number;
  /** Overrides the limit of the program, in milliseconds. */
  totalMs?: number;
}

/**
 * The end of a series of calls: `answer` stops after the first call that does not return null, for functions of which one may decide.
 * `effect` stops after the first call that has to be repeated, or that has called the API: its progress can be stored before the next.
 */
export type SeriesStop = 'answer' | 'effect';

/** A call in a series. */
export interface SeriesCall {
  id: string;
  path: readonly string[];
  argument: unknown;
  /** As in {@link CallOptions}. */
  context?: unknown;
  callMs?: number;
}

export interface SeriesOptions {
  until: SeriesStop;
  /** Time in milliseconds: for all calls together until an answer, for each otherwise. */
  totalMs: number;
}

/** The program could not be loaded. The message is for its author. */
export class LoadError extends Error {
  override name = 'LoadError';
}

export interface Sandbox extends AsyncDisposable {
  /** Human-readable name of the isolation, such as `bubblewrap`. */
  readonly isolation: string;
  /** Loads or replaces a program. @throws LoadError */
  load(program: Program): Promise<void>;
  unload(id: string): Promise<void>;
  /** Calls the function at `path` of the default export, or the `handle` of a WebAssembly module with that path. Never rejects: every failure is an ending. */
  call(id: string, path: readonly string[], argument: unknown, options?: CallOptions): Promise<CallResult>;
  /** Runs calls one after the other, in the process of the sandbox. @returns the results of those that ran. Never rejects. */
  callInTurn(calls: readonly SeriesCall[], options: SeriesOptions): Promise<CallResult[]>;
  /** Evaluates a script in a fresh program without API. */
  evaluate(source: string, name: string, limits: SandboxLimits): Promise<CallResult>;
}

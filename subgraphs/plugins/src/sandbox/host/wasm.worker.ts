/**
 * A worker thread that runs one WebAssembly module of a plugin. Text crosses its border through five functions, and a module that imports
 * anything else is refused. Loads nothing outside of this folder, as nothing else is mounted where it runs. The host ends the thread if the
 * module runs too long.
 */
import { workerData } from 'node:worker_threads';
import type { CallEnd, SandboxLimits } from '../sandbox.ts';
import { Account, Line, type Breach } from './line.ts';
import type { FromWorker, ToWorker, WasmData } from './protocol.ts';

const line = new Line(workerData as WasmData);

interface Memory {
  buffer: ArrayBuffer;
}

interface Instance {
  exports: Record<string, unknown>;
}

/** The part of the platform that Node's own types leave to those of browsers. */
const { WebAssembly: wasm } = globalThis as unknown as {
  WebAssembly: {
    Module: {
      new (bytes: Uint8Array): object;
      imports(module: object): { module: string; name: string; kind: string }[];
    };
    Instance: new (module: object, imports: object) => Instance;
    Memory: new (...args: never[]) => Memory;
  };
};

const PAGE_BYTES = 65_536;
const MAX_TABLE_ENTRIES = 10_000;
const [TABLES, MEMORIES] = [4, 5] as const;
/** The types of references that a table may hold: functions, and values of the host. */
const REFERENCES = [0x70, 0x6f];

/**
 * The module with the maximum size of its memory and its tables lowered to the limits of programs, so that `memory.grow` fails beyond it.
 * @throws Error if the module needs more from the start, or has no limits that can be lowered
 */
function withLimits(module: Uint8Array, memoryPages: number): Uint8Array {
  let at = 8;
  const number = (): number => {
    let [value, shift] = [0, 0];
    for (;;) {
      const byte = module[at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80 || shift > 28) return value;
      shift += 7;
    }
  };
  const limits = (most: number, what: string): number[] => {
    const flags = number();
    if (flags > 1) throw new Error(`Its ${what} is shared or larger than 4 GB, which no plugin may have.`);
    const least = number();
    const largest = Math.min(flags === 1 ? number() : most, most);
    if (least > largest) throw new Error(`Its ${what} is larger than a plugin may have.`);
    return [1, ...encode(least), ...encode(largest)];
  };
  const parts: Uint8Array[] = [module.subarray(0, at)];
  while (at < module.length) {
    const start = at;
    const section = number();
    const end = number() + at;
    if (section === TABLES || section === MEMORIES) {
      const count = number();
      const content = encode(count);
      for (let index = 0; index < count && at < end; index++) {
        if (section === MEMORIES) content.push(...limits(memoryPages, 'memory'));
        else {
          const type = number();
          if (!REFERENCES.includes(type)) throw new Error('It has a table of a type that no plugin may have.');
          content.push(type, ...limits(MAX_TABLE_ENTRIES, 'table'));
        }
      }
      if (section === MEMORIES && count > 1) throw new Error('It has several memories.');
      parts.push(Uint8Array.from([section, ...encode(content.length), ...content]));
    } else parts.push(module.subarray(start, end));
    at = end;
  }
  return Buffer.concat(parts);
}

/** A number in LEB128. */
function encode(number: number): number[] {
  const bytes: number[] = [];
  for (let rest = number; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 0x80);
  }
}

/** Ends the running call. The module may catch it; each further function throws it again. */
class Ending extends Error {
  readonly end: CallEnd;

  constructor({ end, error }: Breach) {
    super(error);
    this.end = end;
  }
}

/** The call that runs. */
class Call {
  readonly startedAt = performance.now();
  waitedMs = 0;
  reply: { isError: boolean; text: string } | undefined;
  ending: Ending | undefined;
  readonly id: number;
  readonly account: InstanceType<typeof Account>;

  constructor(id: number, limits: SandboxLimits) {
    this.id = id;
    this.account = new Account(limits);
  }
}

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

class Module {
  private readonly program: string;
  private readonly limits: SandboxLimits;
  private readonly memory: Memory;
  private readonly handle: (length: number) => unknown;
  private running: Call | undefined;
  /** The bytes that the module may read: the input of the call, or the answer to its latest request. */
  private offered: Uint8Array = new Uint8Array();

  /** @throws Error if the module cannot be used; the message is for its author */
  constructor(program: string, limits: SandboxLimits, bytes: Uint8Array) {
    this.program = program;
    this.limits = limits;
    const module = new wasm.Module(withLimits(bytes, Math.floor(limits.memoryBytes / PAGE_BYTES)));
    const chat = this.border();
    for (const { module: from, name, kind } of wasm.Module.imports(module))
      if (from !== 'chat' || kind !== 'function' || !Object.hasOwn(chat, name))
        throw new Error(
          `It imports ${kind} "${name}" of "${from}", which there is not. "chat" has ${Object.keys(chat).join(', ')}.`,
        );
    const { exports } = new wasm.Instance(module, { chat });
    if (!(exports['memory'] instanceof wasm.Memory)) throw new Error('It exports no memory.');
    if (typeof exports['handle'] !== 'function') throw new Error('It exports no function "handle".');
    this.memory = exports['memory'];
    this.handle = exports['handle'] as (length: number) => unknown;
    if (typeof exports['_initialize'] === 'function') (exports['_initialize'] as () => void)();
  }

  /** @returns the end of the call, and whether the module may be called again */
  call(id: number, path: readonly string[], argument: string): FromWorker[] {
    const call = (this.running = new Call(id, this.limits));
    line.note(id);
    this.offered = Buffer.from(`{"path":${JSON.stringify(path)},"argument":${argument}}`);
    let trap: unknown;
    try {
      this.handle(this.offered.length);
    } catch (error) {
      trap = error;
    }
    this.running = undefined;
    const { end, json, error } = outcomeOf(call, trap);
    const ms = performance.now() - call.startedAt - call.waitedMs;
    const isSound = trap === undefined && call.ending === undefined;
    return [
      { type: 'done', call: id, end, json, error, log: call.account.log, ms },
      isSound ? { type: 'idle' } : { type: 'spoilt', program: this.program },
    ];
  }

  /** The functions that the module may import. Each checks everything, as the module may call it with anything. */
  private border(): Record<string, (...numbers: number[]) => number | void> {
    return {
      read: (at) => this.bytes(at, this.offered.length).set(this.offered),
      request: (operationAt, operationLength, argumentAt, argumentLength) => {
        const call = this.present();
        this.check(call, call.account.request());
        const operation = this.text(call, operationAt, operationLength);
        return this.ask(call, operation.slice(0, 100), this.text(call, argumentAt, argumentLength));
      },
      reply: (at, length) => {
        const call = this.present();
        call.reply = { isError: false, text: this.text(call, at, length) };
      },
      fail: (at, length) => {
        const call = this.present();
        call.reply = { isError: true, text: this.text(call, at, length) };
      },
      log: (level, at, length) => {
        const { account } = this.present();
        const bytes = this.bytes(at, length).subarray(0, 4 * account.logLeft);
        account.keepLog(LEVELS[level], decode(bytes));
      },
    };
  }

  private present(): Call {
    const call = this.running;
    if (!call) throw new Error('Only "handle" may call the functions of the chat.');
    if (call.ending) throw call.ending;
    return call;
  }

  private check(call: Call, breach: Breach | undefined): void {
    if (!breach) return;
    call.ending = new Ending(breach);
    throw call.ending;
  }

  private bytes(at: number, length: number): Uint8Array {
    const { buffer } = this.memory;
    const [start, size] = [at >>> 0, length >>> 0];
    if (start + size > buffer.byteLength) throw new Error('It points outside of its memory.');
    return new Uint8Array(buffer, start, size);
  }

  /** Text that leaves the module. */
  private text(call: Call, at: number, length: number): string {
    const bytes = this.bytes(at, length);
    // No character has more than three bytes for each of its code units.
    const isTooLong = bytes.length > 3 * this.limits.outputChars;
    const text = isTooLong ? '' : decode(bytes);
    this.check(call, call.account.output(isTooLong ? Infinity : text.length));
    return text;
  }

  /** Sends a request, and waits for its answer, which the module reads then. @returns the length of the answer in bytes */
  private ask(call: Call, operation: string, json: string): number {
    const began = performance.now();
    const { requests: request } = call.account;
    // `waits` comes first, since the answer to the request may come at once.
    line.send(
      { type: 'waits', call: call.id },
      { type: 'api', program: this.program, call: call.id, request, operation, json },
    );
    const answer = nextAnswer();
    line.note(call.id);
    call.waitedMs += performance.now() - began;
    this.offered = Buffer.from(answer.isError ? `{"error":${answer.json}}` : `{"value":${answer.json}}`);
    return this.offered.length;
  }
}

function nextAnswer(): ToWorker & { type: 'answer' } {
  for (;;) {
    const message = line.next();
    if (message.type === 'answer') return message;
  }
}

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function outcomeOf({ ending, reply }: Call, trap: unknown): { end: CallEnd; json?: string; error?: string } {
  if (ending) return { end: ending.end, error: ending.message };
  if (trap instanceof RangeError && /call stack/.test(trap.message)) return { end: 'stack', error: trap.message };
  if (trap !== undefined) return { end: 'crashed', error: `It crashed: ${messageOf(trap)}` };
  if (reply?.isError) return { end: 'threw', error: reply.text.slice(0, 2_000) };
  const json = reply?.text ?? 'null';
  try {
    JSON.parse(json);
    return { end: 'returned', json };
  } catch {
    return { end: 'threw', error: 'Its reply is no JSON.' };
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'an exception').slice(0, 2_000);

let module: Module | undefined;

function load(message: ToWorker & { type: 'load' }): string | undefined {
  const { program, limits, files, main } = message;
  try {
    module = new Module(program, limits, Buffer.from(files[main] ?? '', 'base64'));
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

void line.serve((message) => {
  const idle = { type: 'idle' } as const;
  if (message.type === 'load') return [{ type: 'loaded', load: message.load, error: load(message) }, idle];
  if (message.type !== 'call') return [idle];
  if (module) return module.call(message.call, message.path, message.argument);
  return [{ type: 'done', call: message.call, end: 'threw', error: 'It could not be loaded.', log: [], ms: 0 }, idle];
});

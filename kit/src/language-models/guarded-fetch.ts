/**
 * `fetch` for streams of language models: an idle limit over the whole stream, bounds for bytes and lines, and statuses as errors. The
 * idle limit counts only while the provider is waited for, so that a slow reader does not end the stream.
 */
import { ModelError } from './language-model';

export interface StreamLimits {
  /** The longest silence, before the headers and between two chunks, in milliseconds. */
  idleMs: number;
  /** The largest response; default 16 MB. */
  maxBytes?: number;
  /** The longest line; default 1 MB. */
  maxLineBytes?: number;
}

export interface GuardOptions extends StreamLimits {
  /** Ends the request, with its reason. */
  signal: AbortSignal;
  /** Called with each complete line that is not empty. Returns an error if the line is not of the protocol. */
  checkLine?: (line: string) => ModelError | undefined;
}

const MAX_BYTES = 16 * 1024 ** 2;
const MAX_LINE_BYTES = 1024 ** 2;
/** The longest excerpt of an error's body that is kept. */
const EXCERPT = 300;
const NEWLINE = 0x0a;

type Chunk = Uint8Array<ArrayBuffer>;

/** A fetch for one request. It answers 2xx responses only. @throws ModelError */
export function guardedFetch(options: GuardOptions): typeof fetch {
  return async (input, init) => {
    const idle = new IdleLimit(options.idleMs);
    const signals = [options.signal, idle.signal, ...(init?.signal ? [init.signal] : [])];
    const response = await idle.during(fetch(input, { ...init, signal: AbortSignal.any(signals) }));
    if (!response.ok) throw await errorOf(response, idle);
    if (response.headers.get('content-type')?.startsWith('text/html'))
      throw await abandon(response, new ModelError('MALFORMED', 'The provider answered with an HTML page.'));
    if (!response.body) throw new ModelError('MALFORMED', 'The provider answered without a body.');
    const { status, headers } = response;
    return new Response(guarded(response.body as ReadableStream<Chunk>, idle, options), { status, headers });
  };
}

class IdleLimit {
  private readonly controller = new AbortController();
  readonly signal = this.controller.signal;

  constructor(private readonly ms: number) {}

  /** @throws ModelError SILENT if `waiting` takes longer than the limit */
  async during<T>(waiting: Promise<T>): Promise<T> {
    const timer = setTimeout(() => {
      this.controller.abort(new ModelError('SILENT', `Nothing arrived for ${this.ms} ms.`));
    }, this.ms);
    try {
      return await waiting;
    } catch (error) {
      throw this.signal.aborted ? this.signal.reason : error;
    } finally {
      clearTimeout(timer);
    }
  }
}

function guarded(source: ReadableStream<Chunk>, idle: IdleLimit, options: GuardOptions): ReadableStream<Chunk> {
  const reader = source.getReader();
  const lines = new LineCheck(options);
  let failure: ModelError | undefined;
  return new ReadableStream<Chunk>(
    {
      async pull(controller) {
        try {
          if (failure) throw failure;
          const { done, value } = await idle.during(reader.read());
          const checked = done ? lines.end() : lines.add(value);
          failure = checked.failure;
          if (checked.passed > 0) controller.enqueue(value!.subarray(0, checked.passed));
          else if (failure) throw failure;
          if (done) controller.close();
        } catch (error) {
          await reader.cancel(error).catch(() => undefined);
          throw error;
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

interface Checked {
  /** Bytes of the chunk that may be passed on. */
  passed: number;
  failure?: ModelError;
}

/** Counts bytes and checks lines. Keeps the unfinished line only. Lines before a wrong one are passed on. */
class LineCheck {
  private bytes = 0;
  private unfinished: Chunk[] = [];
  private unfinishedBytes = 0;

  constructor(private readonly options: GuardOptions) {}

  add(chunk: Chunk): Checked {
    const { maxBytes = MAX_BYTES } = this.options;
    this.bytes += chunk.length;
    if (this.bytes > maxBytes)
      return { passed: 0, failure: new ModelError('TOO_LARGE', `The provider sent more than ${maxBytes} bytes.`) };
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const failure = this.keep(chunk.subarray(start, end)) ?? this.end().failure;
      if (failure) return { passed: start, failure };
      start = end + 1;
    }
    const failure = this.keep(chunk.subarray(start));
    return failure ? { passed: start, failure } : { passed: chunk.length };
  }

  /** Checks the unfinished line as if it were complete. */
  end(): Checked {
    const { checkLine } = this.options;
    const line = checkLine ? Buffer.concat(this.unfinished).toString('utf8').trim() : '';
    this.unfinished = [];
    this.unfinishedBytes = 0;
    return { passed: 0, failure: line === '' ? undefined : checkLine?.(line) };
  }

  private keep(part: Chunk): ModelError | undefined {
    const { checkLine, maxLineBytes = MAX_LINE_BYTES } = this.options;
    this.unfinishedBytes += part.length;
    if (this.unfinishedBytes > maxLineBytes)
      return new ModelError('TOO_LARGE', `The provider sent a line of more than ${maxLineBytes} bytes.`);
    if (checkLine && part.length > 0) this.unfinished.push(part);
    return undefined;
  }
}

async function errorOf(response: Response, idle: IdleLimit): Promise<ModelError> {
  const { status } = response;
  const excerpt = await idle.during(startOf(response)).catch(() => '');
  const message = `The provider answered ${status}${excerpt ? `: ${excerpt}` : ''}.`;
  const retryAfterMs = retryAfter(response.headers.get('retry-after'));
  if (status === 429 || status === 503) return new ModelError('BUSY', message, { retryAfterMs });
  return new ModelError(status >= 500 ? 'FAILED' : 'REFUSED', message, { retryAfterMs });
}

/** The beginning of a body as one line. The rest is not read. */
async function startOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const start = await reader?.read();
  await reader?.cancel();
  const text = new TextDecoder().decode(start?.value as Chunk | undefined);
  return text.replace(/\s+/g, ' ').trim().slice(0, EXCERPT);
}

async function abandon(response: Response, error: ModelError): Promise<ModelError> {
  await response.body?.cancel().catch(() => undefined);
  return error;
}

/** `Retry-After` in milliseconds: seconds or an HTTP date; undefined if it is neither. */
function retryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}

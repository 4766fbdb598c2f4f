/**
 * The wire protocol of clamd: one command and one answer per connection. Knows commands and chunks, and has no opinion about answers.
 *
 * A stream that is longer than StreamMaxLength breaks the connection while the client still writes. The answer is then in the receive
 * buffer, so a failed write does not end the exchange: the connection is read until it closes.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { ScannerUnavailableError } from './file-scanner';

export interface ClamdAddress {
  host?: string;
  port?: number;
  /** The path of a Unix socket, which takes precedence. */
  socket?: string;
}

/** The time limit for a connection, for each chunk, and for the answers to all commands but INSTREAM, in milliseconds. */
const PATIENCE_MS = 10_000;
/** The length of an answer is limited: it is a name and a verdict. */
const MAX_ANSWER = 65_536;

/** Errors of a write that the other side has not read. */
const BROKEN = new Set(['EPIPE', 'ECONNRESET']);

/** The connection broke while content was being sent, and clamd gave no reason. */
export class BrokenStreamError extends ScannerUnavailableError {}

/** @throws ScannerUnavailableError */
export async function clamdCommand(address: ClamdAddress, command: string, signal?: AbortSignal): Promise<string> {
  await using exchange = await Exchange.begin(address, command, signal);
  return await exchange.answer(PATIENCE_MS);
}

/**
 * Sends content by INSTREAM and returns clamd's answer.
 * @param answerMs limit for the answer after the last byte
 * @throws ScannerUnavailableError; an error of `content` itself is thrown as it is
 */
export async function clamdStream(
  address: ClamdAddress,
  content: Readable,
  answerMs: number,
  signal?: AbortSignal,
): Promise<string> {
  await using exchange = await Exchange.begin(address, 'INSTREAM', signal);
  try {
    for await (const chunk of content) await exchange.send(chunk as Buffer);
    await exchange.send(Buffer.alloc(0));
  } catch (error) {
    if (!(error instanceof BrokenStreamError)) throw error;
    const reason = await exchange.answer(PATIENCE_MS).catch(() => '');
    if (reason) return reason;
    throw error;
  }
  return await exchange.answer(answerMs);
}

class Exchange implements AsyncDisposable {
  private received = '';
  private failure: NodeJS.ErrnoException | undefined;
  /** clamd has answered or closed: it reads no more. */
  private hasEnded = false;
  private readonly ended: Promise<void>;

  private constructor(private readonly socket: Socket) {
    this.ended = new Promise((resolve) => {
      socket.on('close', resolve);
      socket.on('end', resolve);
    });
    void this.ended.then(() => (this.hasEnded = true));
    socket.on('error', (error) => (this.failure ??= error));
    socket.on('data', (data: Buffer) => {
      this.hasEnded = true;
      this.received += data.toString();
      if (this.received.length > MAX_ANSWER) socket.destroy(new Error('the answer is too long'));
    });
  }

  static async begin(address: ClamdAddress, command: string, signal?: AbortSignal): Promise<Exchange> {
    const { host = '127.0.0.1', port = 3310, socket: path } = address;
    const socket = path ? connect({ path, signal }) : connect({ host, port, signal });
    const exchange = new Exchange(socket);
    try {
      await once(socket, 'connect', { signal: within(PATIENCE_MS, signal) });
      // "z" ends the command and the answer with a null byte.
      socket.write(`z${command}\0`);
      return exchange;
    } catch (error) {
      socket.destroy();
      signal?.throwIfAborted();
      throw new ScannerUnavailableError(`ClamAV cannot be reached at ${path ?? `${host}:${port}`}.`, { cause: error });
    }
  }

  /** Sends one chunk; an empty one ends the stream. Resolves when there is room for the next. */
  async send(chunk: Buffer): Promise<void> {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(chunk.length);
    this.socket.cork();
    this.socket.write(length);
    const hasRoom = chunk.length === 0 || this.socket.write(chunk);
    this.socket.uncork();
    if (hasRoom && !this.hasEnded) return;
    await this.roomOrEnd(hasRoom);
    if (this.hasEnded)
      throw new BrokenStreamError('The connection to ClamAV broke within a file.', { cause: this.failure });
  }

  /** A failed write is followed by the end of the connection, which comes after an answer that has arrived. */
  private async roomOrEnd(isEnding: boolean): Promise<void> {
    const { promise: room, resolve: hasRoom, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(new ScannerUnavailableError('ClamAV reads no further.')), PATIENCE_MS);
    if (!isEnding) this.socket.once('drain', hasRoom);
    try {
      await Promise.race([room, this.ended]);
    } finally {
      clearTimeout(timer);
      this.socket.off('drain', hasRoom);
    }
  }

  /**
   * The whole answer without its end.
   * @throws BrokenStreamError if clamd closed before it had read everything; ScannerUnavailableError if it closed without an answer
   */
  async answer(withinMs: number): Promise<string> {
    const timer = setTimeout(() => this.socket.destroy(new Error(`no answer within ${withinMs / 1000} s`)), withinMs);
    await this.ended;
    clearTimeout(timer);
    const end = this.received.indexOf('\0');
    if (end >= 0) return this.received.slice(0, end).trim();
    const isUnread = BROKEN.has(this.failure?.code ?? '');
    if (isUnread) throw new BrokenStreamError('The connection to ClamAV broke.', { cause: this.failure });
    throw new ScannerUnavailableError('ClamAV gave no answer.', { cause: this.failure });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
  }
}

const within = (ms: number, signal?: AbortSignal): AbortSignal =>
  signal ? AbortSignal.any([AbortSignal.timeout(ms), signal]) : AbortSignal.timeout(ms);

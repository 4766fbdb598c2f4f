/** A subgraph's side of its request links. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { newId } from '../ids';
import type { Logger } from '../logging';
import {
  GOODBYE,
  LineReader,
  LINK_PROTOCOL,
  PARTS_PROTOCOL,
  PROCESS_HEADER,
  readRequest,
  writeAnswer,
  type LinkedAnswer,
  type LinkedRequest,
} from './request-link';
import { ReceivedParts } from './request-parts';

/** With so many running requests, a link reads no further ones from the connection. */
const MAX_RUNNING = 512;

/** Answers that wait until the gateway reads, in bytes. Above it the link takes no more requests. */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024;

/** Longer answers are not compared, in characters. */
const MAX_EQUAL_LENGTH = 256;

/** How long gateways have to end their links when the server closes, in milliseconds. */
const GOODBYE_MS = 5_000;

export interface RequestLinksOptions {
  /** Never rejects. */
  answer: (request: LinkedRequest) => Promise<Omit<LinkedAnswer, 'numbers'>>;
  /** The longest request, in bytes. */
  maxBytes: number;
  log: Logger;
}

/** All links of a server. */
export class RequestLinks implements AsyncDisposable {
  private readonly id = newId();
  private readonly links = new Set<Link>();
  private isDraining = false;
  private onEmpty: () => void = () => undefined;

  constructor(private readonly options: RequestLinksOptions) {}

  /** Takes over an upgrade of `/graphql` to {@link LINK_PROTOCOL} or {@link PARTS_PROTOCOL}. @returns false for any other */
  upgrade({ headers, url }: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const protocol = headers.upgrade;
    const hasParts = protocol === PARTS_PROTOCOL;
    if ((protocol !== LINK_PROTOCOL && !hasParts) || url?.split('?')[0] !== '/graphql') return false;
    socket.on('error', () => socket.destroy()); // an error without a listener would end the process
    if (this.isDraining) {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return true;
    }
    const answer = ['HTTP/1.1 101 Switching Protocols', 'connection: upgrade', `upgrade: ${protocol}`];
    socket.write([...answer, `${PROCESS_HEADER}: ${this.id}`, '', ''].join('\r\n'));
    const link = new Link(socket, this.options, hasParts ? new ReceivedParts() : undefined);
    this.links.add(link);
    socket.once('close', () => {
      this.links.delete(link);
      if (this.links.size === 0) this.onEmpty();
    });
    if (head.length > 0) link.read(head);
    return true;
  }

  /** From now on gateways send their requests elsewhere. */
  startDraining(): void {
    this.isDraining = true;
    for (const link of this.links) link.sayGoodbye();
  }

  /** Waits for the answers to all requests that were sent. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.startDraining();
    if (this.links.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.onEmpty = resolve;
    const timer = setTimeout(() => {
      for (const link of this.links) link.destroy();
    }, GOODBYE_MS);
    await promise;
    clearTimeout(timer);
  }
}

class Link {
  private readonly reader: LineReader;
  private running = 0;
  /** Lines of this turn of the event loop. */
  private lines = '';
  /** Answers of this turn that may be equal: status and body → numbers of requests. */
  private readonly equal = new Map<string, { answer: Omit<LinkedAnswer, 'numbers'>; numbers: number[] }>();
  private isFlushing = false;
  private hasEnded = false;

  constructor(
    private readonly socket: Duplex,
    private readonly options: RequestLinksOptions,
    /** Absent if the gateway sends none, and takes no equal answers together. */
    private readonly parts: ReceivedParts | undefined,
  ) {
    this.reader = new LineReader(options.maxBytes, (line, isTooLong) => this.take(line, isTooLong));
    socket.on('data', (chunk: Buffer) => this.read(chunk));
    socket.on('drain', () => this.adjustFlow());
    socket.once('end', () => {
      this.hasEnded = true;
      this.endIfDone();
    });
  }

  read(chunk: Buffer): void {
    this.reader.read(chunk);
    this.adjustFlow();
  }

  sayGoodbye(): void {
    this.write(`${GOODBYE}\n`);
  }

  destroy(): void {
    this.socket.destroy();
  }

  private take(line: string, isTooLong: boolean): void {
    if (this.socket.destroyed) return;
    let request: LinkedRequest;
    try {
      if (isTooLong) throw new TypeError('A line is too long.');
      request = readRequest(line, this.parts);
    } catch (error) {
      this.options.log.error({ err: error }, 'a request link carried something that is no request');
      return this.destroy();
    }
    this.running++;
    const { number } = request;
    void this.options.answer(request).then((answer) => {
      this.running--;
      if (this.parts && answer.body.length <= MAX_EQUAL_LENGTH) this.writeTogether(number, answer);
      else this.write(writeAnswer({ numbers: [number], ...answer }));
    });
  }

  private write(line: string): void {
    this.flushLater();
    this.lines += line;
  }

  private writeTogether(number: number, answer: Omit<LinkedAnswer, 'numbers'>): void {
    this.flushLater();
    const key = `${answer.status}${answer.body}`;
    const known = this.equal.get(key);
    if (known) known.numbers.push(number);
    else this.equal.set(key, { answer, numbers: [number] });
  }

  private flushLater(): void {
    if (this.isFlushing) return;
    this.isFlushing = true;
    setImmediate(() => this.flush());
  }

  private flush(): void {
    this.isFlushing = false;
    for (const { answer, numbers } of this.equal.values()) this.lines += writeAnswer({ numbers, ...answer });
    this.equal.clear();
    if (!this.socket.destroyed) this.socket.write(this.lines);
    this.lines = '';
    this.adjustFlow();
    this.endIfDone();
  }

  private adjustFlow(): void {
    const { socket } = this;
    const isFull = this.running >= MAX_RUNNING || socket.writableLength > MAX_UNREAD_BYTES;
    if (isFull === socket.isPaused()) return;
    if (isFull) socket.pause();
    else socket.resume();
  }

  /** A gateway ends its side when it has all answers, or has died. */
  private endIfDone(): void {
    if (this.hasEnded && this.running === 0 && !this.isFlushing) this.socket.end();
  }
}

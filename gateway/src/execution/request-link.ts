/** The gateway's side of one request link. See `@chat/kit/graphql/request-link` for the protocol. */
import {
  GOODBYE,
  LineReader,
  PARTS_PROTOCOL,
  PROCESS_HEADER,
  readAnswer,
  writeRequest,
  writeRequestOfParts,
} from '@chat/kit/graphql/request-link';
import { SentParts } from '@chat/kit/graphql/request-parts';
import type { Socket } from 'node:net';
import { errors as undiciErrors } from 'undici';
import { PostTimeout, type PostRequest, type PostTarget } from './http-post';
import type { PendingPost } from './pending-post';

/** A link gets no new requests while it reads an answer of which more bytes have come already. */
const MAX_UNFINISHED_BYTES = 256 * 1024;

/** The same if the subgraph has not read requests of more bytes. */
const MAX_UNREAD_BYTES = 1024 * 1024;

/** How long the subgraph has to end a link that the gateway has ended, in milliseconds. */
const ENDING_MS = 5_000;

/** The pause before TCP asks a silent subgraph if it is there, in milliseconds. */
const KEEP_ALIVE_MS = 10_000;

export class RequestLink {
  readonly openedAt = performance.now();
  /** Whether it takes no more requests. */
  isRetired = false;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
  private readonly reader: LineReader;
  /** By number. Numbers are used again, so the list stays short. */
  private readonly posts: (PendingPost | undefined)[] = [];
  private readonly freeNumbers: number[] = [];
  /** Requests without an answer whose callers still wait. */
  private awaited = 0;
  /** By the object. */
  private readonly headers = new SentParts<Record<string, string>>();
  /** By their JSON. */
  private readonly heads = new SentParts<string>();
  private receivedAt = 0;

  private constructor(
    /** The process to which it leads; undefined if the process does not tell. */
    readonly processId: string | undefined,
    private readonly socket: Socket,
    /** Whether the subgraph remembers parts of requests. */
    private readonly takesParts: boolean,
    maxBytes: number,
    /** Called once. */
    private readonly onRetired: () => void,
  ) {
    this.reader = new LineReader(maxBytes, (line, isTooLong) => this.take(line, isTooLong));
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on('data', (chunk: Buffer) => {
      this.receivedAt = performance.now();
      this.reader.read(chunk);
    });
    socket.on('error', () => socket.destroy());
    socket.once('end', () => socket.destroy());
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.failAll();
        resolve();
      });
    });
  }

  /** @throws if the subgraph takes no links, or cannot be reached */
  static async open(
    { dispatcher, path, maxBytes }: PostTarget,
    protocol: string,
    timeoutMs: number,
    onRetired: (link: RequestLink) => void,
  ): Promise<RequestLink> {
    const signal = AbortSignal.timeout(timeoutMs);
    const { headers, socket } = await dispatcher.upgrade({ path, protocol, signal });
    const processId = headers[PROCESS_HEADER] as string | undefined;
    const takesParts = protocol === PARTS_PROTOCOL;
    const retired = () => onRetired(link);
    const link: RequestLink = new RequestLink(processId, socket as Socket, takesParts, maxBytes, retired);
    return link;
  }

  /** Whether requests would not wait for others here. */
  get isFree(): boolean {
    const { destroyed, writableLength } = this.socket;
    return !destroyed && writableLength <= MAX_UNREAD_BYTES && this.reader.unfinished <= MAX_UNFINISHED_BYTES;
  }

  /** Sends all of them in one write. */
  send(posts: readonly PendingPost[]): void {
    const sentAt = performance.now();
    const onGivenUp = (reason: Error) => {
      // A peer that has died without a word would keep the link open for minutes.
      if (reason instanceof PostTimeout && this.receivedAt < sentAt) this.socket.destroy();
      this.settled();
    };
    let lines = '';
    for (const post of posts) {
      const number = this.freeNumbers.pop() ?? this.posts.length;
      this.posts[number] = post;
      this.awaited++;
      post.onGivenUp = onGivenUp;
      lines += this.lineOf(number, post.request);
    }
    this.socket.write(lines);
  }

  /** Requests that can wait come many times a second from the same clients. */
  private lineOf(number: number, { headers, body, parts, canWait }: PostRequest): string {
    if (!this.takesParts || !canWait || !parts) return writeRequest(number, headers, body);
    return writeRequestOfParts(
      number,
      this.headers.write(headers, JSON.stringify),
      this.heads.write(parts.head, String),
      parts.variables,
    );
  }

  /** Takes no more requests, and ends with the last answer. */
  retire(): void {
    if (!this.isRetired) {
      this.isRetired = true;
      this.onRetired();
    }
    if (this.awaited === 0) this.finish();
  }

  private take(line: string, isTooLong: boolean): void {
    if (line === GOODBYE) return this.retire();
    const { numbers, status, body } = readAnswer(line);
    for (const number of numbers) {
      const post = this.posts[number];
      if (!post) return void this.socket.destroy(); // not our protocol
      this.posts[number] = undefined;
      this.freeNumbers.push(number);
      if (post.isOver) continue;
      if (isTooLong) post.fail(new undiciErrors.ResponseExceededMaxSizeError());
      else post.answer({ status, text: body });
      this.settled();
    }
  }

  private settled(): void {
    this.awaited--;
    if (this.isRetired && this.awaited === 0) this.finish();
  }

  private finish(): void {
    this.socket.end();
    this.socket.setTimeout(ENDING_MS, () => this.socket.destroy());
  }

  private failAll(): void {
    this.retire();
    const error = new Error('The connection to the subgraph has ended.');
    for (const post of this.posts) if (post && !post.isOver) post.fail(error);
    this.posts.length = 0;
  }
}

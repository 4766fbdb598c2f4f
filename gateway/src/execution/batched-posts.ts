/**
 * Mutations for one subgraph. Those of one turn of the event loop go out as one HTTP request if the subgraph takes batches: a busy
 * gateway pays for fewer HTTP requests, and an idle one waits for nothing. Those that can wait leave some milliseconds after the request
 * before, or with the next mutation that cannot. Each post keeps its own response, deadline and limit. Queries are sent alone: their
 * answers are longer, and would survive young collections together. See docs/decisions/request-batches.md.
 */
import { BATCH_TYPE, readAnswer, TAKES_BATCHES_HEADER, writeRequest } from '@chat/kit/graphql/request-batch';
import { errors as undiciErrors } from 'undici';
import { PendingPost } from './pending-post';
import { dispatchPost, post, type PostRequest, type PostResponse, type PostTarget } from './http-post';

/** The most posts of one HTTP request. Their answers share a connection. */
const MAX_POSTS = 32;
/** The same if all of them can wait. Such posts are short. */
const MAX_WAITING_POSTS = 256;
/** Longer posts, in characters, are sent alone. */
const MAX_LENGTH = 32_768;

/** The longest pause between two requests of posts that can wait, in milliseconds. */
const GATHER_MS = 25;
/** The pause for each post of the request before, in milliseconds: a few callers wait for hardly anything, and a crowd shares requests. */
const GATHER_MS_EACH = 4;

const BATCH_HEADERS = ['content-type', BATCH_TYPE, 'accept', BATCH_TYPE];

/** The answers of a server that does not know batches, and so has run nothing. */
const UNKNOWN: ReadonlySet<number> = new Set([400, 404, 405, 406, 415]);

export class BatchedPosts {
  private waiting: PendingPost[] = [];
  private takesBatches = false;
  /** When the last request of several or waiting posts was sent, by `performance.now()`. */
  private sentAt = -Infinity;
  /** The number of posts that were sent then. */
  private sentPosts = 0;
  private isSending = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly target: PostTarget) {}

  /** @throws PostTimeout, undici's errors, or the signal's reason. */
  post(request: PostRequest): Promise<PostResponse> {
    const isAlone = !this.takesBatches || request.body.length > MAX_LENGTH || request.signal?.aborted;
    if (isAlone) return this.sendAlone(request);
    return new Promise((resolve, reject) => {
      this.waiting.push(new PendingPost(request, resolve, reject));
      const pauseMs = Math.min(GATHER_MS, GATHER_MS_EACH * this.sentPosts);
      this.schedule(request.canWait ? this.sentAt + pauseMs - performance.now() : 0);
    });
  }

  private schedule(pauseMs: number): void {
    if (this.isSending) return;
    if (pauseMs > 0) {
      this.timer ??= setTimeout(() => this.sendWaiting(), pauseMs);
    } else {
      this.isSending = true;
      setImmediate(() => this.sendWaiting());
    }
  }

  private sendWaiting(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.isSending = false;
    this.sentAt = performance.now();
    const posts = this.waiting.filter(({ isOver }) => !isOver);
    this.waiting = [];
    this.sentPosts = posts.length;
    const size = posts.every(({ request }) => request.canWait) ? MAX_WAITING_POSTS : MAX_POSTS;
    for (let from = 0; from < posts.length; from += size) {
      const batch = posts.slice(from, from + size);
      if (batch.length === 1) this.sendOne(batch[0]!);
      else this.sendBatch(batch);
    }
  }

  private sendOne(pending: PendingPost): void {
    if (pending.isOver) return;
    this.sendAlone(pending.request).then(
      (response) => pending.answer(response),
      (error: Error) => pending.fail(error),
    );
  }

  private sendAlone(request: PostRequest): Promise<PostResponse> {
    return post(this.target, request, (headers) => (this.takesBatches = TAKES_BATCHES_HEADER in headers));
  }

  private sendBatch(posts: readonly PendingPost[]): void {
    const body = posts.map(({ request }) => writeRequest(request.headers, request.body)).join('');
    const answers = new AnswerReader(posts, this.target.maxBytes);
    let isBatch = false;
    let status = 0;
    dispatchPost(this.target, BATCH_HEADERS, body, {
      onRequestStart(controller) {
        const abortUnlessAwaited = () => {
          if (posts.every(({ isOver }) => isOver)) controller.abort(new Error('No caller waits any longer.'));
        };
        for (const post of posts) post.onGivenUp = abortUnlessAwaited;
        abortUnlessAwaited();
      },
      onResponseStart(_controller, statusCode, headers) {
        status = statusCode;
        isBatch = headers['content-type'] === BATCH_TYPE;
      },
      onResponseData(_controller, chunk) {
        if (isBatch) answers.read(chunk);
      },
      onResponseEnd: () => {
        if (!isBatch && UNKNOWN.has(status)) {
          this.takesBatches = false;
          for (const pending of posts) this.sendOne(pending);
        } else if (posts.some(({ isOver }) => !isOver)) {
          failAll(posts, new Error(`A batch was answered with status ${status} and without this answer.`));
        }
      },
      onResponseError(_controller, error) {
        failAll(posts, error);
      },
    });
  }
}

function failAll(posts: readonly PendingPost[], error: Error): void {
  for (const post of posts) if (!post.isOver) post.fail(error);
}

const LINE_BREAK = 10;

/** Gives each post its answer as soon as the line has arrived. */
class AnswerReader {
  private chunks: Buffer[] = [];
  private size = 0;

  constructor(
    private readonly posts: readonly PendingPost[],
    private readonly maxBytes: number,
  ) {}

  read(chunk: Buffer): void {
    let from = 0;
    for (let end; (end = chunk.indexOf(LINE_BREAK, from)) >= 0; from = end + 1) {
      this.keep(chunk.subarray(from, end));
      this.answer();
    }
    this.keep(chunk.subarray(from));
  }

  /** Of a line that is too long only the beginning is kept: the number of its post. */
  private keep(part: Buffer): void {
    const isTooLong = this.size > this.maxBytes;
    this.size += part.length;
    if (!isTooLong) this.chunks.push(part);
  }

  private answer(): void {
    const line = (this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks)).toString();
    const { index, status, body } = readAnswer(line);
    const post = this.posts[index];
    if (post && !post.isOver) {
      if (this.size > this.maxBytes) post.fail(new undiciErrors.ResponseExceededMaxSizeError());
      else post.answer({ status, text: body });
    }
    this.chunks = [];
    this.size = 0;
  }
}

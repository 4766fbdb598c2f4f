/**
 * The requests to one instance of a subgraph. They go over a few request links if the instance takes them: those of one turn of the event
 * loop in one write, so a busy gateway pays for fewer writes, and an idle one waits for nothing. Those that can wait leave some
 * milliseconds after the ones before, or with the next that cannot. Long requests, and all while there is no link, go by HTTP.
 * Each keeps its own response, deadline and limit. See docs/decisions/request-links.md.
 */
import { LINK_PROTOCOL, PARTS_PROTOCOL, TAKES_LINKS_HEADER } from '@chat/kit/graphql/request-link';
import { post, type PostRequest, type PostResponse, type PostTarget } from './http-post';
import { PendingPost } from './pending-post';
import { RequestLink } from './request-link';

/** Several: one serves while an answer holds up another, and each may lead to another process if the address is that of a load balancer. */
const LINKS = 4;
/** A link is replaced after this time, in milliseconds, so that new processes behind a load balancer get requests. */
const LIFETIME_MS = 60_000;
/** The pause after a link could not be opened, in milliseconds; twice as long after each further failure, up to the lifetime. */
const RETRY_MS = 1_000;
/** Longer requests, in characters, would hold others up. */
const MAX_LENGTH = 65_536;

/** The longest pause between two writes of requests that can wait, in milliseconds. */
const GATHER_MS = 25;
/** The pause for each request of the write before, in milliseconds: a few callers wait for hardly anything, and a crowd shares writes. */
const GATHER_MS_EACH = 4;

export class LinkedPosts implements AsyncDisposable {
  private readonly links: RequestLink[] = [];
  /** The links to each process, the oldest first. */
  private byProcess: RequestLink[][] = [];
  private isOpening = false;
  /** The protocol of links that the instance takes; undefined if it takes none. */
  private protocol: string | undefined;
  private failures = 0;
  private mayOpenAt = 0;
  private turn = 0;
  private waiting: PendingPost[] = [];
  /** When requests were last sent over a link, by `performance.now()`, and how many. */
  private sentAt = -Infinity;
  private sentPosts = 0;
  private isSending = false;
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(
    private readonly target: PostTarget,
    /** The deadline of opening a link, in milliseconds. */
    private readonly timeoutMs: number,
  ) {}

  /** @throws PostTimeout, undici's errors, or the signal's reason. */
  post(request: PostRequest): Promise<PostResponse> {
    const isAlone = this.links.length === 0 || request.body.length > MAX_LENGTH || request.signal?.aborted;
    if (isAlone) return this.sendAlone(request);
    return new Promise((resolve, reject) => {
      this.waiting.push(new PendingPost(request, resolve, reject));
      const pauseMs = Math.min(GATHER_MS, GATHER_MS_EACH * this.sentPosts);
      this.schedule(request.canWait ? this.sentAt + pauseMs - performance.now() : 0);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true;
    await Promise.all(
      [...this.links].map((link) => {
        link.retire();
        return link.closed;
      }),
    );
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
    const link = this.pick();
    if (link) {
      PendingPost.setDeadline(posts);
      return link.send(posts);
    }
    for (const each of posts) this.sendPending(each);
  }

  /** Each process in its turn, by its first link that is free: answers share a write only if they share a link. */
  private pick(): RequestLink | undefined {
    this.openLinks();
    const { byProcess } = this;
    for (let tried = 0; tried < byProcess.length; tried++) {
      const link = byProcess[this.turn++ % byProcess.length]!.find(({ isFree }) => isFree);
      if (link) return link;
    }
    return undefined;
  }

  private sendPending(pending: PendingPost): void {
    this.sendAlone(pending.request).then(
      (response) => pending.isOver || pending.answer(response),
      (error: Error) => pending.isOver || pending.fail(error),
    );
  }

  private sendAlone(request: PostRequest): Promise<PostResponse> {
    return post(this.target, request, (headers) => {
      const { [TAKES_LINKS_HEADER]: taken } = headers;
      this.protocol = taken === undefined ? undefined : taken === '2' ? PARTS_PROTOCOL : LINK_PROTOCOL;
      this.openLinks();
    });
  }

  /** Replaces the first link if it is old, and opens those that are missing. */
  private openLinks(): void {
    const now = performance.now();
    if (this.links.length === LINKS && now - this.links[0]!.openedAt > LIFETIME_MS) this.links[0]!.retire();
    if (this.links.length === LINKS || !this.protocol || this.isOpening || now < this.mayOpenAt) return;
    this.isOpening = true;
    void this.openMissing(this.protocol);
  }

  private async openMissing(protocol: string): Promise<void> {
    const missing = Array.from({ length: LINKS - this.links.length }, () =>
      RequestLink.open(this.target, protocol, this.timeoutMs, (link) => this.forget(link)),
    );
    const opened = await Promise.allSettled(missing);
    this.isOpening = false;
    const links = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    this.links.push(...links.filter(({ isRetired }) => !isRetired));
    this.group();
    if (this.isClosed) for (const link of links) link.retire();
    // Without links HTTP serves, and reports the reason if it fails, too.
    this.failures = links.length < opened.length ? this.failures + 1 : 0;
    if (this.failures > 0)
      this.mayOpenAt = performance.now() + Math.min(LIFETIME_MS, RETRY_MS * 2 ** (this.failures - 1));
  }

  private forget(link: RequestLink): void {
    const index = this.links.indexOf(link);
    if (index >= 0) this.links.splice(index, 1);
    this.group();
  }

  private group(): void {
    this.byProcess = [...Map.groupBy(this.links, (link) => link.processId ?? link).values()];
  }
}

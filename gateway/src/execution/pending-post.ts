/** A post whose caller waits for the response until the deadline or until its signal aborts. Sends nothing itself. */
import { PostTimeout, whenGivenUp, type PostRequest, type PostResponse } from './http-post';

const nothing = () => undefined;

export class PendingPost {
  isOver = false;
  /** Called when the caller no longer waits. */
  onGivenUp: (reason: Error) => void = nothing;
  private stopWaiting: () => void = nothing;

  /**
   * A post that can wait and has no signal gets its deadline when it is sent, from {@link setDeadline}.
   * @param reject receives PostTimeout, the sender's errors, or the signal's reason.
   */
  constructor(
    readonly request: PostRequest,
    private readonly resolve: (response: PostResponse) => void,
    private readonly reject: (error: Error) => void,
  ) {
    if (!this.sharesDeadline) this.stopWaiting = whenGivenUp(request, (reason) => this.giveUp(reason));
  }

  /** One deadline, and one timer, for those posts of a group that share one. */
  static setDeadline(group: readonly PendingPost[]): void {
    const posts = group.filter((post) => post.sharesDeadline && !post.isOver);
    if (posts.length === 0) return;
    const { timeoutMs } = posts[0]!.request;
    let left = posts.length;
    const timer = setTimeout(() => {
      const reason = new PostTimeout(`No answer within ${timeoutMs} ms.`);
      for (const post of posts) if (!post.isOver) post.giveUp(reason);
    }, timeoutMs);
    const stopWaiting = () => {
      if (--left === 0) clearTimeout(timer);
    };
    for (const post of posts) post.stopWaiting = stopWaiting;
  }

  private get sharesDeadline(): boolean {
    return this.request.canWait === true && !this.request.signal;
  }

  private giveUp(reason: Error): void {
    this.fail(reason);
    this.onGivenUp(reason);
  }

  answer(response: PostResponse): void {
    this.finish();
    this.resolve(response);
  }

  fail(error: Error): void {
    this.finish();
    this.reject(error);
  }

  private finish(): void {
    this.isOver = true;
    this.stopWaiting();
  }
}

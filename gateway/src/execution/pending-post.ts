/** A post whose caller waits for the response until the deadline or until its signal aborts. Sends nothing itself. */
import { PostTimeout, reasonOf, type PostRequest, type PostResponse } from './http-post';

export class PendingPost {
  isOver = false;
  /** Called when the caller no longer waits. */
  onGivenUp: (reason: Error) => void = () => undefined;
  private readonly timer: NodeJS.Timeout | undefined;

  /** @param reject receives PostTimeout, the sender's errors, or the signal's reason. */
  constructor(
    readonly request: PostRequest,
    private readonly resolve: (response: PostResponse) => void,
    private readonly reject: (error: Error) => void,
  ) {
    const { timeoutMs, signal } = request;
    if (signal?.aborted) {
      this.fail(reasonOf(signal));
      return;
    }
    this.timer = setTimeout(() => this.giveUp(new PostTimeout(`No answer within ${timeoutMs} ms.`)), timeoutMs);
    signal?.addEventListener('abort', this.onAbort, { once: true });
  }

  answer(response: PostResponse): void {
    this.finish();
    this.resolve(response);
  }

  fail(error: Error): void {
    this.finish();
    this.reject(error);
  }

  private readonly onAbort = () => this.giveUp(reasonOf(this.request.signal!));

  private giveUp(reason: Error): void {
    this.fail(reason);
    this.onGivenUp(reason);
  }

  private finish(): void {
    this.isOver = true;
    clearTimeout(this.timer);
    this.request.signal?.removeEventListener('abort', this.onAbort);
  }
}

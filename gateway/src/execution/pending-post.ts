/** A post whose caller waits for the response until the deadline or until its signal aborts. Sends nothing itself. */
import { whenGivenUp, type PostRequest, type PostResponse } from './http-post';

export class PendingPost {
  isOver = false;
  /** Called when the caller no longer waits. */
  onGivenUp: (reason: Error) => void = () => undefined;
  private readonly stopWaiting: () => void;

  /** @param reject receives PostTimeout, the sender's errors, or the signal's reason. */
  constructor(
    readonly request: PostRequest,
    private readonly resolve: (response: PostResponse) => void,
    private readonly reject: (error: Error) => void,
  ) {
    this.stopWaiting = whenGivenUp(request, (reason) => {
      this.fail(reason);
      this.onGivenUp(reason);
    });
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

/**
 * Signals to the other occupants, in order: the next one to the same account leaves when the server has accepted the one before. Requests
 * that are under way together may be answered in any order, and a candidate that overtakes its offer is lost. Repeats nothing.
 */
export class SignalQueue<Signal> {
  private readonly last = new Map<string, Promise<unknown>>();

  /** @param send resolves when the server has accepted the signal */
  constructor(private readonly send: (toUserId: string, signal: Signal) => Promise<unknown>) {}

  /** A failed signal is given up, and does not stop later ones. */
  push(toUserId: string, signal: Signal): void {
    const before = this.last.get(toUserId) ?? Promise.resolve();
    const sent: Promise<unknown> = before
      .then(() => this.send(toUserId, signal))
      .catch(() => undefined)
      .finally(() => {
        if (this.last.get(toUserId) === sent) this.last.delete(toUserId);
      });
    this.last.set(toUserId, sent);
  }
}

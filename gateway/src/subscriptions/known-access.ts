/**
 * The gateway's knowledge about the access of one subscriber: the last check that allowed it, and whether a later check is pending.
 * Decides whether an event must wait for a check. Does not check anything itself.
 *
 * Changes of access reach the gateway as notifications, which start checks. An event is held back if that path fails: if a check has
 * been pending for too long, or if notifications may have been missed and no check is recent. Held events are released or dropped by the
 * next verdict, so a subscriber who lost access receives no event that arrived more than a second later.
 */

/** A notified change may stay unchecked for this long, in milliseconds. Added to the delay of notifications, it is within a second. */
const PENDING_MS = 400;

/** Without notifications, a check must be no older than this when an event arrives, in milliseconds. */
const RECENT_MS = 900;

export class KnownAccess {
  /** Time at which the last check that allowed the subscription was sent, by `performance.now()`. */
  private allowedAt = -Infinity;
  /** Time since which access is in doubt; undefined if no check is pending. */
  private doubtedAt?: number;

  get isInDoubt(): boolean {
    return this.doubtedAt !== undefined;
  }

  /** A check begins. */
  doubt(now: number): void {
    this.doubtedAt ??= now;
  }

  /** A check that was sent at `sentAt` has allowed the subscription, and no later one is pending. */
  allow(sentAt: number): void {
    this.allowedAt = sentAt;
    this.doubtedAt = undefined;
  }

  /**
   * Whether notifications are recent enough for an event, so that it is held only if access is in doubt.
   * @param receivedUntil time up to which all have been received; Infinity if none are expected
   */
  static isNotified(event: { arrivedAt: number }, receivedUntil: number): boolean {
    return receivedUntil >= event.arrivedAt - RECENT_MS;
  }

  /** @param receivedUntil as of {@link isNotified} */
  mustHold(event: { arrivedAt: number }, receivedUntil: number): boolean {
    if (this.doubtedAt !== undefined && event.arrivedAt - this.doubtedAt > PENDING_MS) return true;
    return Math.max(this.allowedAt, receivedUntil) < event.arrivedAt - RECENT_MS;
  }
}

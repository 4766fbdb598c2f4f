/** Removes seats without clients, a few times a second, by one process at a time. Holds no state of rooms. */
import type { Logger } from '@chat/kit/logging';
import type { OccupancyService } from './occupancy.service';
import type { Seats } from './seats';

/** Pause between two sweeps, in milliseconds. */
const PAUSE_MS = 250;
/** Pause after a sweep that found no seats. Seats of joins through this process end it; those of another one are that one's care until then. */
const IDLE_MS = 1_000;
/**
 * If a tick is this late, the process was stalled, and so were gateways in it. Sweeps rest as long again, because a gateway's first pulse
 * may be rejected until its connection to Redis has answered. In milliseconds.
 */
const STALLED_MS = 600;

export class SeatKeeper implements AsyncDisposable {
  private timer: NodeJS.Timeout | undefined;
  private lastAt = performance.now();
  private restsUntil = -Infinity;
  private sweeping: Promise<void> | undefined;
  private isFailing = false;
  /** When the latest sweep that found nothing to watch began. */
  private emptyAt = -Infinity;

  constructor(
    private readonly seats: Seats,
    private readonly occupancy: OccupancyService,
    private readonly log: Logger,
  ) {}

  /** Call it once PostgreSQL is migrated. */
  start(): void {
    this.lastAt = performance.now();
    this.timer = setInterval(() => this.tick(), PAUSE_MS).unref();
  }

  private tick(): void {
    const now = performance.now();
    if (now - this.lastAt > STALLED_MS) this.restsUntil = now + STALLED_MS;
    this.lastAt = now;
    if (now < this.restsUntil || this.sweeping) return;
    if (now - this.emptyAt < IDLE_MS - PAUSE_MS / 2 && this.seats.joinedAt < this.emptyAt) return;
    this.sweeping = this.sweep().finally(() => (this.sweeping = undefined));
  }

  private async sweep(): Promise<void> {
    try {
      const began = performance.now();
      const swept = await this.seats.sweep(PAUSE_MS - 50);
      if (swept?.hasDepartures) await this.occupancy.announceDepartures();
      this.emptyAt = swept && !swept.isWatching && !swept.hasDepartures ? began : -Infinity;
      this.isFailing = false;
    } catch (error) {
      if (!this.isFailing) this.log.warn({ err: error }, 'seats could not be checked; trying again');
      this.isFailing = true;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.timer);
    await this.sweeping;
  }
}

/** The tickers of the rooms that somebody follows in this process. */
import type { Logger } from '@chat/kit/logging';
import type { Seats } from '../occupants/seats';
import type { FrameMailbox } from './frame-mailbox';
import { RoomTicker, type Following } from './room-ticker';

export class RoomFrames {
  private readonly tickers = new Map<string, RoomTicker>();

  constructor(
    private readonly seats: Seats,
    private readonly log: Logger,
  ) {}

  follow(roomId: string, following: Following): FrameMailbox {
    let ticker = this.tickers.get(roomId);
    if (!ticker) {
      ticker = new RoomTicker(roomId, this.seats, this.log, () => this.tickers.delete(roomId));
      this.tickers.set(roomId, ticker);
    }
    return ticker.follow(following);
  }

  /** Call it when somebody has moved: followers in this process need not wait for the next tick. */
  moved(roomId: string): void {
    this.tickers.get(roomId)?.moved();
  }

  /** Rooms that this process reads, for metrics. */
  get size(): number {
    return this.tickers.size;
  }
}

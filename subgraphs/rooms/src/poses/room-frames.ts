/** The tickers of the rooms that somebody follows in this process, and the way of movements through them. */
import type { Logger } from '@chat/kit/logging';
import type { Move, MoveResult, Seats } from '../occupants/seats';
import type { FrameMailbox } from './frame-mailbox';
import { RoomTicker, type Following, type WaitingMove } from './room-ticker';

export class RoomFrames {
  private readonly tickers = new Map<string, RoomTicker>();
  /** Moves under way that no ticker has taken, by room. */
  private readonly alone = new Map<string, number>();

  constructor(
    private readonly seats: Seats,
    private readonly log: Logger,
  ) {}

  follow(roomId: string, following: Following): FrameMailbox {
    let ticker = this.tickers.get(roomId);
    if (!ticker) {
      ticker = new RoomTicker(roomId, this.seats, this.log, (moves) => this.takeBack(roomId, moves));
      this.tickers.set(roomId, ticker);
    }
    return ticker.follow(following);
  }

  /**
   * Moves an avatar: with the next reading of its room if somebody follows it in this process, else at once. Moves in one room keep their
   * order.
   */
  move(move: Move): Promise<MoveResult> {
    const ticker = this.tickers.get(move.roomId);
    return ticker && !this.alone.has(move.roomId) ? ticker.move(move) : this.moveAlone(move);
  }

  private takeBack(roomId: string, moves: readonly WaitingMove[]): void {
    this.tickers.delete(roomId);
    for (const { move, resolve, reject } of moves) this.moveAlone(move).then(resolve, reject);
  }

  private async moveAlone(move: Move): Promise<MoveResult> {
    const { alone } = this;
    const { roomId } = move;
    alone.set(roomId, (alone.get(roomId) ?? 0) + 1);
    try {
      return await this.seats.move(move);
    } finally {
      const left = alone.get(roomId)! - 1;
      if (left > 0) alone.set(roomId, left);
      else alone.delete(roomId);
    }
  }

  /** Rooms that this process reads, for metrics. */
  get size(): number {
    return this.tickers.size;
  }
}

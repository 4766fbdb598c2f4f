/** One client's connection through a {@link TcpProxy}: two pipes that can be frozen, delayed, half-closed and reset together. */
import type { Socket } from 'node:net';

/** The direction in which bytes travel. */
export type Direction = 'toServer' | 'toClient';

/** Bytes or a FIN (`null`) that wait for their turn. */
interface Parcel {
  bytes: Buffer | null;
  dueAt: number;
}

/** Forwards from one socket to the other, in order. Stops reading when the receiver does not keep up. */
class Pipe {
  delayMs = 0;
  /** Sees each chunk just before it goes out; `false` swallows the chunk. */
  inspect: ((bytes: Buffer) => boolean) | undefined;
  private readonly parcels: Parcel[] = [];
  private isFrozen = false;
  private isBlocked = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
  ) {
    from.on('data', (bytes) => this.take(bytes));
    from.on('end', () => this.take(null));
    to.on('drain', () => {
      this.isBlocked = false;
      this.flow();
    });
  }

  freeze(): void {
    this.isFrozen = true;
    this.from.pause(); // an unread socket reports neither FIN nor RST
  }

  thaw(): void {
    this.isFrozen = false;
    this.flow();
  }

  end(): void {
    this.take(null);
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private take(bytes: Buffer | null): void {
    this.parcels.push({ bytes, dueAt: performance.now() + this.delayMs });
    this.flow();
  }

  private flow(): void {
    clearTimeout(this.timer);
    while (!this.isFrozen && !this.isBlocked && this.parcels.length > 0) {
      const waitMs = this.parcels[0]!.dueAt - performance.now();
      if (waitMs > 0) {
        this.timer = setTimeout(() => this.flow(), waitMs);
        break;
      }
      this.send(this.parcels.shift()!.bytes);
    }
    if (this.isFrozen || this.isBlocked) this.from.pause();
    else this.from.resume();
  }

  private send(bytes: Buffer | null): void {
    if (this.to.destroyed || this.to.writableEnded) return;
    if (bytes === null) this.to.end();
    else if (this.inspect?.(bytes) !== false) this.isBlocked = !this.to.write(bytes);
  }
}

export class TcpLink {
  /** Resolves when both sockets are closed. */
  readonly closed: Promise<void>;
  private readonly pipes: Record<Direction, Pipe>;
  private isFrozen = false;
  /** Set if one side's connection failed; the other side must not see it before the link thaws. */
  private isBroken = false;

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
  ) {
    this.pipes = { toServer: new Pipe(client, server), toClient: new Pipe(server, client) };
    for (const socket of [client, server]) {
      socket.on('error', () => undefined); // 'close' follows
      socket.once('close', (hadError) => this.sideClosed(hadError));
    }
    const closing = [client, server].map((socket) => new Promise<void>((resolve) => socket.once('close', resolve)));
    this.closed = Promise.all(closing).then(() => undefined);
  }

  /** Forwards nothing in either direction until {@link thaw}; both ends stay connected. */
  freeze(): void {
    this.isFrozen = true;
    for (const pipe of Object.values(this.pipes)) pipe.freeze();
  }

  /** Ends {@link freeze}; held bytes, FINs and resets go out in order. */
  thaw(): void {
    this.isFrozen = false;
    if (this.isBroken) return this.cut();
    for (const pipe of Object.values(this.pipes)) pipe.thaw();
  }

  /** Delays each later chunk by `ms` in each direction. */
  delay(ms: number): void {
    for (const pipe of Object.values(this.pipes)) pipe.delayMs = ms;
  }

  /** Sends a FIN in `direction`; bytes in the other direction continue. */
  halfClose(direction: Direction): void {
    this.pipes[direction].end();
  }

  /** Resets both ends (RST), even if the link is frozen. */
  cut(): void {
    for (const pipe of Object.values(this.pipes)) pipe.stop();
    for (const socket of [this.client, this.server]) if (!socket.destroyed) socket.resetAndDestroy();
  }

  /**
   * Forwards the next chunk towards the server that matches `request`, swallows the answer, then resets the link and
   * calls `onCut`. `undefined` cancels that. With `first`, a chunk must have matched `first` before.
   */
  cutAnswerTo(request: RegExp | undefined, onCut?: () => void, first?: RegExp): void {
    let isAsked = false;
    let isArmed = first === undefined;
    const { toServer, toClient } = this.pipes;
    toServer.inspect =
      request &&
      ((bytes) => {
        const text = bytes.toString('latin1');
        isAsked ||= isArmed && request.test(text);
        isArmed ||= first!.test(text);
        return true;
      });
    toClient.inspect =
      request &&
      (() => {
        if (!isAsked) return true;
        this.cut();
        onCut?.();
        return false;
      });
  }

  /** FINs travel through the pipes; this passes on failed connections only. */
  private sideClosed(hadError: boolean): void {
    if (!hadError) return;
    if (this.isFrozen) this.isBroken = true;
    else this.cut();
  }
}

/** When a scene is drawn: before the next repaint after a change, and as long as something moves. An idle scene is never drawn. */

/** Between two drawings, in milliseconds: at most 60 a second, also on faster displays. */
const SHORTEST_MS = 1000 / 60 - 2;
/** Time that the first drawing after a rest accounts for, in milliseconds. */
const FIRST_MS = 1000 / 60;

export class Repaints {
  private frame: number | undefined;
  private drawnAt = -Infinity;
  private isMoving = false;

  /** @param draw gets the milliseconds since the last drawing, and returns whether something still moves */
  constructor(private readonly draw: (elapsedMs: number) => boolean) {}

  /** Draws before the next repaint. May be called as often as something changes. */
  request(): void {
    this.frame ??= requestAnimationFrame(this.repaint);
  }

  private readonly repaint = (now: number): void => {
    this.frame = undefined;
    const elapsedMs = now - this.drawnAt;
    if (elapsedMs < SHORTEST_MS) return this.request();
    this.drawnAt = now;
    this.isMoving = this.draw(this.isMoving ? elapsedMs : FIRST_MS);
    if (this.isMoving) this.request();
  };

  stop(): void {
    if (this.frame !== undefined) cancelAnimationFrame(this.frame);
  }
}

/** The loudness of one microphone over time: rises at once, falls within a few hundred milliseconds. */

/** Loudness that speech exceeds and the noise of a quiet room does not, in dB above -127 dBov. */
export const SPEECH = 62;
/** Loss per second, in dB. */
const DECAY = 120;

export class Loudness {
  private value = 0;
  private at = 0;

  /** @param level -dBov, as RFC 6464 has it. @param now in milliseconds */
  hear(level: number, now: number): void {
    this.value = Math.max(this.loudnessAt(now), 127 - level);
    this.at = now;
  }

  /** 0 for silence to 127. */
  loudnessAt(now: number): number {
    return Math.max(0, this.value - (Math.max(0, now - this.at) / 1000) * DECAY);
  }
}

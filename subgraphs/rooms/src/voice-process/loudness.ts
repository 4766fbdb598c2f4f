/** The loudness of one microphone over time: rises at once, falls within a few hundred milliseconds. */

/** Loudness that speech exceeds and the noise of a quiet room does not, in dB above -127 dBov. */
const SPEECH = 62;

export const isSpeech = (loudness: number): boolean => loudness >= SPEECH;

/** @param level -dBov, as RFC 6464 has it. @returns 0 for silence to 127 */
export const loudnessOf = (level: number): number => 127 - level;
/** Loss per second, in dB. */
const DECAY = 120;

export class Loudness {
  private value = 0;
  private at = 0;

  /** @param level -dBov, as RFC 6464 has it. @param now in milliseconds */
  hear(level: number, now: number): void {
    this.value = Math.max(this.loudnessAt(now), loudnessOf(level));
    this.at = now;
  }

  /** 0 for silence to 127. */
  loudnessAt(now: number): number {
    return Math.max(0, this.value - (Math.max(0, now - this.at) / 1000) * DECAY);
  }
}

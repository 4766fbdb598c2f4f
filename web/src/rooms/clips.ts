/** The clips of one model: plays the one that has the name of the avatar's animation. Names without a clip are no movement. */
import { AnimationMixer, LoopOnce, LoopRepeat, type AnimationAction, type AnimationClip, type Object3D } from 'three';

/** Animations of the catalogue that repeat until another one plays. */
const REPEATED = new Set(['idle', 'walk', 'run', 'sit', 'dance']);

export class Clips {
  private readonly mixer: AnimationMixer;
  private name: string | undefined;
  private action: AnimationAction | undefined;

  constructor(
    model: Object3D,
    private readonly clips: readonly AnimationClip[],
  ) {
    this.mixer = new AnimationMixer(model);
  }

  /** Call it before each drawing. @returns whether the model moves */
  advance(name: string | undefined, elapsedMs: number): boolean {
    if (name !== this.name) this.change(name);
    if (!this.action?.isRunning()) return false;
    this.mixer.update(elapsedMs / 1000);
    return true;
  }

  /** Seconds of the clip that have been played; undefined if none plays. For tests. */
  get time(): number | undefined {
    return this.action?.time;
  }

  private change(name: string | undefined): void {
    this.name = name;
    this.action?.stop();
    const clip = this.clips.find((one) => one.name === name);
    this.action = clip && this.mixer.clipAction(clip);
    if (!this.action) return;
    this.action.clampWhenFinished = true;
    this.action
      .setLoop(REPEATED.has(name ?? '') ? LoopRepeat : LoopOnce, Infinity)
      .reset()
      .play();
  }
}

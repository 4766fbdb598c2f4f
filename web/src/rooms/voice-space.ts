/** Plays the slots of forwarded voices, each from a place around the listener. Knows no connection. */

export interface Position {
  x: number;
  y: number;
  z: number;
}

interface Slot {
  panner: PannerNode;
  source: MediaStreamAudioSourceNode;
  /** Chromium feeds a remote stream into the graph only while an element plays it. */
  element: HTMLAudioElement;
}

export class VoiceSpace {
  private readonly context = new AudioContext();
  private readonly slots = new Map<number, Slot>();

  /** Replaces the stream of a slot. */
  attach(index: number, stream: MediaStream): void {
    this.slots.get(index)?.source.disconnect();
    const element = new Audio();
    element.muted = true;
    element.srcObject = stream;
    element.play().catch(() => undefined);
    const source = this.context.createMediaStreamSource(stream);
    const panner = this.context.createPanner();
    panner.panningModel = 'HRTF';
    panner.refDistance = 2;
    source.connect(panner).connect(this.context.destination);
    this.slots.set(index, { panner, source, element });
    void this.context.resume(); // until the first click, a browser may refuse to play
  }

  /** The listener looks along -z, as the camera of the stage does. */
  place(index: number, own: Position, speaker: Position): void {
    const panner = this.slots.get(index)?.panner;
    if (!panner) return;
    panner.positionX.value = speaker.x - own.x;
    panner.positionY.value = speaker.y - own.y;
    panner.positionZ.value = speaker.z - own.z;
  }

  close(): void {
    for (const { element, source } of this.slots.values()) {
      source.disconnect();
      element.srcObject = null;
    }
    void this.context.close();
  }
}

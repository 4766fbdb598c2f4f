/** Tells gestures before the camera: images become landmarks in the browser, and only landmarks are sent to the server. */
import { GestureSegments, type HandFrame } from './gesture-segments';
import { HandTracker } from './hand-tracker';

/** Between two images, in milliseconds. */
const IMAGE_MS = 80;
/** Between two gestures, in milliseconds: the server counts them among the operations of an account. */
const GESTURE_MS = 1_500;

export interface GestureCamera {
  /** Ends the camera, too. */
  stop: () => void;
}

/**
 * @param recognize gets the frames of each gesture; may fail
 * @throws if there is no camera, if it is refused, or if the recognition cannot be loaded
 */
export async function startGestureCamera(recognize: (frames: HandFrame[]) => Promise<unknown>): Promise<GestureCamera> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 320, height: 240 } });
  let isStopped = false;
  const stop = () => {
    isStopped = true;
    for (const track of stream.getTracks()) track.stop();
  };
  try {
    const video = document.createElement('video');
    video.muted = true;
    video.srcObject = stream;
    await video.play();
    const tracker = await HandTracker.start();
    void follow(video, tracker, recognize, () => isStopped).finally(() => {
      stop();
      void tracker.close();
    });
    return { stop };
  } catch (error) {
    stop();
    throw error;
  }
}

async function follow(
  video: HTMLVideoElement,
  tracker: HandTracker,
  recognize: (frames: HandFrame[]) => Promise<unknown>,
  isStopped: () => boolean,
): Promise<void> {
  const segments = new GestureSegments();
  let recognizedAt = -Infinity;
  while (!isStopped()) {
    const atMs = performance.now();
    const gesture = segments.next(atMs, await tracker.find(video));
    if (gesture && atMs - recognizedAt >= GESTURE_MS) {
      recognizedAt = atMs;
      await recognize(gesture).catch(() => undefined); // the next gesture is another attempt
    }
    await new Promise((resolve) => setTimeout(resolve, atMs + IMAGE_MS - performance.now()));
  }
}

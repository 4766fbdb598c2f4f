/**
 * Finds the landmarks of a hand in the images of a video by @mediapipe/hands, which this site delivers itself: no image and no request leaves
 * the browser for it. Recognises no gesture. Loads about 12 MB when the first tracker starts.
 */
import type { Hands, Results } from '@mediapipe/hands';
import graph from '@mediapipe/hands/hands.binarypb?url';
import script from '@mediapipe/hands/hands.js?url';
import assets from '@mediapipe/hands/hands_solution_packed_assets.data?url';
import assetsLoader from '@mediapipe/hands/hands_solution_packed_assets_loader.js?url';
import simdScript from '@mediapipe/hands/hands_solution_simd_wasm_bin.js?url';
import simdProgram from '@mediapipe/hands/hands_solution_simd_wasm_bin.wasm?url';
import plainScript from '@mediapipe/hands/hands_solution_wasm_bin.js?url';
import plainProgram from '@mediapipe/hands/hands_solution_wasm_bin.wasm?url';
import model from '@mediapipe/hands/hand_landmark_lite.tflite?url';

/** The package asks for its files by name; the build gives them others. */
const FILES: Record<string, string> = {
  'hands.binarypb': graph,
  'hands_solution_packed_assets.data': assets,
  'hands_solution_packed_assets_loader.js': assetsLoader,
  'hands_solution_simd_wasm_bin.js': simdScript,
  'hands_solution_simd_wasm_bin.wasm': simdProgram,
  'hands_solution_wasm_bin.js': plainScript,
  'hands_solution_wasm_bin.wasm': plainProgram,
  'hand_landmark_lite.tflite': model,
};

/** A point in pixels of the image, y down. */
export interface Landmark {
  x: number;
  y: number;
}

export class HandTracker {
  private results: Results | undefined;

  private constructor(private readonly hands: Hands) {
    hands.setOptions({ maxNumHands: 1, modelComplexity: 0, minDetectionConfidence: 0.5, minTrackingConfidence: 0.5 });
    hands.onResults((results) => void (this.results = results));
  }

  /** @throws if the files cannot be loaded, or if the browser has neither WebAssembly nor WebGL 2 */
  static async start(): Promise<HandTracker> {
    const Constructor = await loadHands();
    const tracker = new HandTracker(new Constructor({ locateFile: (name) => FILES[name] ?? name }));
    await tracker.hands.initialize();
    return tracker;
  }

  /** The 21 landmarks of the hand in the present image; undefined without a hand. One call at a time. */
  async find(video: HTMLVideoElement): Promise<Landmark[] | undefined> {
    await this.hands.send({ image: video });
    const { videoWidth, videoHeight } = video;
    return this.results?.multiHandLandmarks[0]?.map(({ x, y }) => ({ x: x * videoWidth, y: y * videoHeight }));
  }

  async close(): Promise<void> {
    await this.hands.close();
  }
}

let loaded: Promise<typeof Hands> | undefined;

/** The package is a classic script that defines a global, and no module. */
function loadHands(): Promise<typeof Hands> {
  loaded ??= new Promise((resolve, reject) => {
    const element = document.createElement('script');
    element.src = script;
    element.onload = () => resolve((globalThis as unknown as { Hands: typeof Hands }).Hands);
    element.onerror = () => {
      loaded = undefined;
      element.remove();
      reject(new Error('The recognition of hands could not be loaded.'));
    };
    document.head.append(element);
  });
  return loaded;
}

/** Recognises a gesture from hand landmarks: a pose from one frame, a movement from several. Pure apart from the models' weights. */
import { classifyMovement, MOVEMENT_CLASSES, movementFeatures, nameMovement, resample } from './model/movement-model';
import { classifyPose, LANDMARKS, poseFeatures, POSES, type Point } from './model/pose-model';

/** The tip of the index finger in MediaPipe's order. */
const INDEX_TIP = 8;
const MIDDLE_BASE = 9;
const WRIST = 0;

export interface HandFrame {
  atMs: number;
  landmarks: readonly Point[];
}

export interface Candidate {
  gesture: string;
  confidence: number;
}

/** Candidates by falling confidence. Each frame has {@link LANDMARKS} points. */
export function recognize(frames: readonly HandFrame[]): Candidate[] {
  return frames.length === 1 ? recognizePose(frames[0]!.landmarks) : recognizeMovement(frames);
}

export function recognizePose(landmarks: readonly Point[]): Candidate[] {
  return ranked(POSES, classifyPose(poseFeatures(landmarks)));
}

function recognizeMovement(frames: readonly HandFrame[]): Candidate[] {
  const inOrder = [...frames].sort((a, b) => a.atMs - b.atMs);
  const times = inOrder.map(({ atMs }) => atMs);
  const scale = imageScale(frames[0]!.landmarks);
  const tips = inOrder.map(({ landmarks }) => landmarks[INDEX_TIP]!);
  const path = resample(
    tips.map(({ x, y }) => ({ x: x * scale, y: y * scale })),
    times,
  );
  const named = MOVEMENT_CLASSES.map((name) => (name === 'MOVING' ? nameMovement(path) : name));
  return ranked(named, classifyMovement(movementFeatures(path)));
}

/** Landmarks are parts of an image. If they are in pixels instead, a hand is larger than the image; it then counts as a quarter of it. */
function imageScale(landmarks: readonly Point[]): number {
  const [wrist, base] = [landmarks[WRIST]!, landmarks[MIDDLE_BASE]!];
  const hand = Math.hypot(base.x - wrist.x, base.y - wrist.y);
  return hand > 2 ? 0.25 / hand : 1;
}

function ranked(names: readonly string[], probabilities: readonly number[]): Candidate[] {
  return names
    .map((gesture, index) => ({ gesture, confidence: Math.round(probabilities[index]! * 1e4) / 1e4 }))
    .sort((a, b) => b.confidence - a.confidence);
}

export { LANDMARKS };

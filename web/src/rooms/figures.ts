/**
 * The avatars of a scene: one figure for each account with a pose, which moves smoothly to the latest pose. It wears its parts, plays the
 * clip of its model that has the name of the animation, and the face of a VRM shows the expression of the pose. Draws nothing.
 */
import { type VRM, VRMLoaderPlugin } from '@pixiv/three-vrm';
import type { RoomView } from '@chat/room-codec';
import { BoxGeometry, Group, Mesh, MeshStandardMaterial, Quaternion, Vector3, type Scene } from 'three';
import { GLTFLoader } from 'three/addons/loaders/GLTFLoader.js';
import { Clips } from './clips';
import { partsOf, type Part } from './parts';
import type { Look } from './room-session';

/** Time in which an avatar covers two thirds of the way to its latest pose, in milliseconds. */
const SMOOTHING_MS = 40;
/** A figure that is nearer to its pose is there. In metres and radians. */
const NEGLIGIBLE = 0.001;

/** What is known about accounts; undefined until it is known. */
export interface Appearance {
  lookOf(userId: string): Look | undefined;
  animationOf(userId: string): string | undefined;
}

interface Figure {
  group: Group;
  /** The parts as they are worn. */
  worn: Look['parts'] | undefined;
  clips: Clips | undefined;
  /** The box that stands for a model which is not loaded. */
  stand: Mesh;
  modelUrl: string | undefined;
  /** Undefined for other models, which have no face to move. */
  vrm: VRM | undefined;
  /** The expression on the face; null for none. */
  expression: string | null;
  position: Vector3;
  rotation: Quaternion;
}

export class Figures {
  private readonly figures = new Map<string, Figure>();
  private readonly loader = new GLTFLoader().register((parser) => new VRMLoaderPlugin(parser));
  private readonly shape = new BoxGeometry(0.5, 1.7, 0.3);
  private readonly material = new MeshStandardMaterial({ color: 0x8090b0 });

  constructor(
    private readonly scene: Scene,
    private readonly view: RoomView,
    private readonly appearance: Appearance,
    /** Called when a model has arrived. */
    private readonly onChange: () => void,
  ) {}

  /** Takes over the poses of the view. @returns whether a figure has not reached its pose yet */
  move(elapsedMs: number): boolean {
    const part = 1 - Math.exp(-elapsedMs / SMOOTHING_MS);
    for (const [userId, { group }] of this.figures)
      if (!this.view.poses.has(userId)) {
        this.scene.remove(group);
        this.figures.delete(userId);
      }
    let isMoving = false;
    for (const [userId, { position, rotation, expression }] of this.view.poses) {
      const figure = this.figures.get(userId) ?? this.add(userId);
      this.dress(userId, figure);
      figure.position.set(position.x, position.y, position.z);
      figure.rotation.set(rotation.x, rotation.y, rotation.z, rotation.w);
      face(figure, expression ?? null);
      isMoving = figure.clips?.advance(this.appearance.animationOf(userId), elapsedMs) || isMoving;
      isMoving = approach(figure, part) || isMoving;
    }
    return isMoving;
  }

  private add(userId: string): Figure {
    const stand = new Mesh(this.shape, this.material);
    stand.position.y = 0.85;
    const group = new Group().add(stand);
    const figure: Figure = {
      group,
      worn: undefined,
      clips: undefined,
      stand,
      modelUrl: undefined,
      vrm: undefined,
      expression: null,
      position: new Vector3(),
      rotation: new Quaternion(),
    };
    this.scene.add(group);
    this.figures.set(userId, figure);
    return figure;
  }

  /** Loads a model once its URL is known, which may be after the first pose. The box stays if it cannot be loaded. */
  private dress(userId: string, figure: Figure): void {
    const { modelUrl: url, parts } = this.appearance.lookOf(userId) ?? {};
    if (!url || (url === figure.modelUrl && parts === figure.worn)) return;
    if (url === figure.modelUrl) return wear(figure, parts);
    figure.modelUrl = url;
    this.loader.load(
      url,
      ({ scene, animations, userData }) => {
        if (figure.modelUrl !== url) return;
        figure.group.clear().add(scene);
        figure.clips = new Clips(scene, animations);
        figure.worn = undefined;
        wear(figure, this.appearance.lookOf(userId)?.parts);
        figure.vrm = userData.vrm as VRM | undefined;
        figure.expression = null;
        this.onChange();
      },
      undefined,
      () => undefined,
    );
  }

  dispose(): void {
    this.shape.dispose();
    this.material.dispose();
  }
}

/** Replaces the parts of a figure that has its model. */
function wear(figure: Figure, parts: Look['parts'] | undefined): void {
  if (!figure.clips) return; // the model is on its way
  figure.worn = parts;
  const [model, ...before] = figure.group.children;
  for (const part of before) {
    figure.group.remove(part);
    (part as Part).material.dispose();
  }
  for (const part of partsOf(parts ?? [], model!)) figure.group.add(part);
}

/** Replaces the expression on the face. A name that the model does not have is a face at rest. */
function face(figure: Figure, expression: string | null): void {
  const { vrm, expression: before } = figure;
  if (!vrm || expression === before) return;
  figure.expression = expression;
  if (before !== null) vrm.expressionManager?.setValue(before, 0);
  if (expression !== null) vrm.expressionManager?.setValue(expression, 1);
  vrm.expressionManager?.update();
}

/** Moves a figure a part of its way. @returns false once it is there */
function approach({ group, position, rotation }: Figure, part: number): boolean {
  group.position.lerp(position, part);
  group.quaternion.slerp(rotation, part);
  if (group.position.distanceTo(position) > NEGLIGIBLE || group.quaternion.angleTo(rotation) > NEGLIGIBLE) return true;
  group.position.copy(position);
  group.quaternion.copy(rotation);
  return false;
}

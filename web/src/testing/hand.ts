/** Draws a hand of cylinders and spheres in the browser, for the film of a fake camera. No part of the client: tests bundle it. */
import {
  AmbientLight,
  Color,
  CylinderGeometry,
  DirectionalLight,
  Mesh,
  MeshStandardMaterial,
  PerspectiveCamera,
  Scene,
  SphereGeometry,
  Vector3,
  WebGLRenderer,
} from 'three';

type Place = [x: number, y: number, z: number];

/** Base, direction of the straight finger, and lengths of its bones, in lengths of the palm; x to the right, y up. */
const FINGERS: { base: Place; spread: number; bones: number[]; radius: number }[] = [
  { base: [0.24, 0.95, 0], spread: 0.14, bones: [0.46, 0.27, 0.2], radius: 0.095 },
  { base: [0.03, 1, 0], spread: 0, bones: [0.52, 0.31, 0.21], radius: 0.1 },
  { base: [-0.17, 0.94, 0], spread: -0.14, bones: [0.47, 0.3, 0.21], radius: 0.095 },
  { base: [-0.35, 0.84, 0], spread: -0.3, bones: [0.37, 0.22, 0.19], radius: 0.08 },
];
const THUMB: Place[] = [
  [0.05, 0.1, 0.05],
  [0.47, 0.49, 0],
  [0.68, 0.73, 0],
  [0.82, 0.92, 0],
];
const UP = new Vector3(0, 1, 0);

class Hand {
  private readonly skin = new MeshStandardMaterial({ color: 0xd9a184, roughness: 0.75 });

  constructor(private readonly scene: Scene) {
    this.bone([0, -0.9, 0], [0, 0.02, 0], 0.27, 0.25);
    FINGERS.forEach((finger, index) => this.finger(finger, index));
    FINGERS.slice(1).forEach(({ base }, index) => {
      const before = FINGERS[index]!.base;
      for (const part of [0.35, 0.7, 1]) this.bone(scaled(before, part), scaled(base, part), 0.13, 0.13);
    });
    [0.15, 0.12, 0.105, 0.085].slice(0, 3).forEach((radius, index) => {
      this.bone(THUMB[index]!, THUMB[index + 1]!, radius, radius - 0.015);
    });
  }

  private finger({ base, spread, bones, radius }: (typeof FINGERS)[number], index: number): void {
    this.bone([(1.5 - index) * 0.1, 0.05, 0], base, 0.15, 0.125);
    let at = base;
    bones.forEach((length, bone) => {
      const to: Place = [at[0] + Math.sin(spread) * length, at[1] + Math.cos(spread) * length, at[2]];
      this.bone(at, to, radius * (1 - 0.1 * bone), radius * (0.9 - 0.1 * bone));
      at = to;
    });
  }

  private bone(from: Place, to: Place, radius: number, radiusTo: number): void {
    const [start, end] = [new Vector3(...from), new Vector3(...to)];
    const way = end.clone().sub(start);
    const shaft = new Mesh(new CylinderGeometry(radiusTo, radius, way.length(), 24), this.skin);
    shaft.position.copy(start).addScaledVector(way, 0.5);
    shaft.quaternion.setFromUnitVectors(UP, way.normalize());
    const ends = [new Mesh(new SphereGeometry(radius), this.skin), new Mesh(new SphereGeometry(radiusTo), this.skin)];
    ends[0]!.position.copy(start);
    ends[1]!.position.copy(end);
    this.scene.add(shaft, ...ends);
  }
}

const scaled = ([x, y, z]: Place, factor: number): Place => [x * factor, y * factor, z * factor];

/** @returns the pixels, four bytes each, from the top, as base64 */
function drawHand(width: number, height: number): string {
  const scene = new Scene();
  scene.background = new Color(0x9fb4c4);
  const sun = new DirectionalLight(0xffffff, 2.2);
  sun.position.set(0.8, 1, 1.4);
  scene.add(sun, new AmbientLight(0xffffff, 1));
  new Hand(scene);
  const camera = new PerspectiveCamera(35, width / height, 0.1, 100);
  camera.position.set(0, 0.7, 5);
  camera.lookAt(0, 0.7, 0);
  const renderer = new WebGLRenderer({ antialias: true, preserveDrawingBuffer: true });
  renderer.setSize(width, height, false);
  renderer.render(scene, camera);
  const copy = new OffscreenCanvas(width, height).getContext('2d')!;
  copy.drawImage(renderer.domElement, 0, 0);
  const { data } = copy.getImageData(0, 0, width, height);
  let text = '';
  for (let at = 0; at < data.length; at += 8192) text += String.fromCharCode(...data.subarray(at, at + 8192));
  return btoa(text);
}

Object.assign(globalThis, { drawHand });

/** The parts of an avatar as simple shapes around its model: a hat, glasses, a scarf. Other places are not drawn. */
import {
  Box3,
  BoxGeometry,
  ConeGeometry,
  Mesh,
  MeshStandardMaterial,
  TorusGeometry,
  Vector3,
  type BufferGeometry,
  type Object3D,
} from 'three';
import type { Look } from './room-session';

const COLOR = '#c03a2b';

interface Shape {
  geometry: BufferGeometry;
  /** The height of its centre, as a part of the model's height, and its distance to the front, as a part of the model's depth. */
  height: number;
  front: number;
  isFlat?: boolean;
}

/** By the place on the avatar; sizes are for a model that is one metre high. */
const SHAPES: Readonly<Record<string, Shape>> = {
  hat: { geometry: new ConeGeometry(0.12, 0.16), height: 1.06, front: 0 },
  glasses: { geometry: new BoxGeometry(0.2, 0.04, 0.02), height: 0.92, front: 0.6 },
  scarf: { geometry: new TorusGeometry(0.1, 0.03), height: 0.78, front: 0, isFlat: true },
};

export type Part = Mesh<BufferGeometry, MeshStandardMaterial>;

/** @param model stands on the floor and looks to positive z */
export function partsOf(parts: Look['parts'], model: Object3D): Part[] {
  const { min, max } = new Box3().setFromObject(model);
  const [height, depth] = [max.y - min.y, max.z - min.z];
  return parts.flatMap(({ slot, color }) => {
    const shape = Object.hasOwn(SHAPES, slot) ? SHAPES[slot] : undefined;
    if (!shape || !(height > 0)) return [];
    const mesh = new Mesh(shape.geometry, new MeshStandardMaterial({ color: color ?? COLOR }));
    mesh.name = slot;
    mesh.scale.setScalar(height);
    mesh.position.copy(new Vector3(0, shape.height * height, shape.front * depth));
    if (shape.isFlat) mesh.rotation.x = Math.PI / 2;
    return mesh;
  });
}

/**
 * The page that draws a model: its own origin, which nobody serves. The renderer answers its requests with this text, with the modules
 * below, and with the model. Scripts of the model's cannot run: glTF has none.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Pixels of an edge. */
export const THUMBNAIL_PIXELS = 256;

export const ORIGIN = 'http://thumbnail.invalid';

const resolve = createRequire(__filename).resolve;
const THREE = join(dirname(resolve('three')), '..');
const VRM = join(dirname(resolve('@pixiv/three-vrm')), 'three-vrm.module.js');

/** The file of a path below the origin; undefined if the page must not have it. */
export function moduleAt(path: string): string | undefined {
  if (path === '/three-vrm.js') return VRM;
  const [, name] = /^\/three((?:\/[\w-][\w.-]*)+\.js)$/.exec(path) ?? [];
  return name && join(THREE, name);
}

const SCRIPT = `
import * as three from 'three';
import { GLTFLoader } from 'three/addons/loaders/GLTFLoader.js';
import { VRMLoaderPlugin } from '@pixiv/three-vrm';

window.draw = async () => {
  const loader = new GLTFLoader().register((parser) => new VRMLoaderPlugin(parser));
  const { scene: model } = await loader.loadAsync('/model');
  const scene = new three.Scene();
  const sun = new three.DirectionalLight(0xffffff, 2);
  sun.position.set(2, 4, 5);
  scene.add(model, new three.AmbientLight(0xffffff, 1), sun);
  const sphere = new three.Box3().setFromObject(model, true).getBoundingSphere(new three.Sphere());
  if (!(sphere.radius > 0)) throw new Error('the model shows nothing');
  const camera = new three.PerspectiveCamera(30, 1, sphere.radius / 100, sphere.radius * 10);
  const distance = sphere.radius / Math.sin(three.MathUtils.degToRad(15));
  camera.position.copy(sphere.center).add(new three.Vector3(0.3, 0.15, 1).setLength(distance));
  camera.lookAt(sphere.center);
  const renderer = new three.WebGLRenderer({ antialias: true, alpha: true, preserveDrawingBuffer: true });
  renderer.setSize(${THUMBNAIL_PIXELS}, ${THUMBNAIL_PIXELS});
  renderer.render(scene, camera);
  return renderer.domElement.toDataURL('image/png');
};
`;

const MODULES = {
  three: '/three/build/three.module.js',
  'three/addons/': '/three/examples/jsm/',
  '@pixiv/three-vrm': '/three-vrm.js',
};

export const PAGE = `<!doctype html><script type="importmap">${JSON.stringify({ imports: MODULES })}</script><script type="module">${SCRIPT}</script>`;

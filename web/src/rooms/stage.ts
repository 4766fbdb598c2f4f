/** The scene of a room: floor, avatars and objects, drawn by three.js. Knows no network. */
import type { RoomView } from '@chat/room-codec';
import {
  AmbientLight,
  BoxGeometry,
  Color,
  DirectionalLight,
  GridHelper,
  Group,
  Mesh,
  MeshStandardMaterial,
  PerspectiveCamera,
  Quaternion,
  Scene,
  Vector3,
  WebGLRenderer,
} from 'three';
import { GLTFLoader } from 'three/addons/loaders/GLTFLoader.js';

/** The part of the way to the latest pose that an avatar covers per frame. */
const SMOOTHING = 0.35;

interface Figure {
  group: Group;
  target: Vector3;
  rotation: Quaternion;
}

export class Stage {
  private readonly renderer: WebGLRenderer;
  private readonly scene = new Scene();
  private readonly camera = new PerspectiveCamera(60, 1, 0.1, 500);
  private readonly figures = new Map<string, Figure>();
  private readonly loader = new GLTFLoader();
  private readonly resized: ResizeObserver;
  private frame = 0;

  constructor(
    private readonly container: HTMLElement,
    private readonly view: RoomView,
    /** The URL of an account's model; undefined while it is unknown. */
    private readonly modelUrlOf: (userId: string) => string | undefined,
  ) {
    this.renderer = new WebGLRenderer({ antialias: true });
    container.append(this.renderer.domElement);
    this.scene.background = new Color(0x202633);
    const sun = new DirectionalLight(0xffffff, 2);
    sun.position.set(5, 10, 7);
    this.scene.add(new AmbientLight(0xffffff, 0.6), sun, new GridHelper(40, 40, 0x556070, 0x38404f));
    this.camera.position.set(0, 4, 9);
    this.camera.lookAt(0, 1, 0);
    this.resized = new ResizeObserver(() => this.resize());
    this.resized.observe(container);
    this.resize();
    this.draw();
  }

  private resize(): void {
    const { clientWidth: width, clientHeight: height } = this.container;
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / Math.max(1, height);
    this.camera.updateProjectionMatrix();
  }

  private readonly draw = (): void => {
    this.frame = requestAnimationFrame(this.draw);
    this.follow();
    this.renderer.render(this.scene, this.camera);
  };

  /** Takes over the poses of the view. */
  private follow(): void {
    for (const [userId, figure] of this.figures)
      if (!this.view.poses.has(userId)) {
        this.scene.remove(figure.group);
        this.figures.delete(userId);
      }
    for (const [userId, { position, rotation }] of this.view.poses) {
      const figure = this.figures.get(userId) ?? this.add(userId);
      figure.target.set(position.x, position.y, position.z);
      figure.rotation.set(rotation.x, rotation.y, rotation.z, rotation.w);
      figure.group.position.lerp(figure.target, SMOOTHING);
      figure.group.quaternion.slerp(figure.rotation, SMOOTHING);
    }
  }

  private add(userId: string): Figure {
    const figure = { group: new Group(), target: new Vector3(), rotation: new Quaternion() };
    const stand = new Mesh(new BoxGeometry(0.5, 1.7, 0.3), new MeshStandardMaterial({ color: 0x8090b0 }));
    stand.position.y = 0.85;
    figure.group.add(stand);
    this.scene.add(figure.group);
    this.figures.set(userId, figure);
    const url = this.modelUrlOf(userId);
    if (url)
      this.loader.load(url, ({ scene }) => {
        figure.group.remove(stand);
        figure.group.add(scene);
      });
    return figure;
  }

  dispose(): void {
    cancelAnimationFrame(this.frame);
    this.resized.disconnect();
    this.renderer.dispose();
    this.renderer.domElement.remove();
  }
}

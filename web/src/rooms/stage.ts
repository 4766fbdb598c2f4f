/** The scene of a room: floor, light, camera and avatars, drawn by three.js if something has changed. Knows no network. */
import type { RoomView } from '@chat/room-codec';
import { AmbientLight, Color, DirectionalLight, GridHelper, PerspectiveCamera, Scene, WebGLRenderer } from 'three';
import { Figures, type Appearance } from './figures';
import { Repaints } from './repaints';

export class Stage {
  private readonly renderer = new WebGLRenderer({ antialias: true });
  private readonly scene = new Scene();
  private readonly camera = new PerspectiveCamera(60, 1, 0.1, 500);
  private readonly repaints = new Repaints((elapsedMs) => this.draw(elapsedMs));
  private readonly figures: Figures;
  private readonly resized = new ResizeObserver(() => this.resize());

  constructor(
    private readonly container: HTMLElement,
    view: RoomView,
    appearance: Appearance,
  ) {
    this.figures = new Figures(this.scene, view, appearance, () => this.changed());
    container.append(this.renderer.domElement);
    this.scene.background = new Color(0x202633);
    const sun = new DirectionalLight(0xffffff, 2);
    sun.position.set(5, 10, 7);
    this.scene.add(new AmbientLight(0xffffff, 0.6), sun, new GridHelper(40, 40, 0x556070, 0x38404f));
    this.camera.position.set(0, 4, 9);
    this.camera.lookAt(0, 1, 0);
    this.resized.observe(container); // reports the first size, too
  }

  /** How often the scene was drawn, for tests. */
  get drawings(): number {
    return this.renderer.info.render.frame;
  }

  /** Call it after a change of poses or models. */
  changed(): void {
    this.repaints.request();
  }

  private resize(): void {
    const { clientWidth: width, clientHeight: height } = this.container;
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / Math.max(1, height);
    this.camera.updateProjectionMatrix();
    this.changed();
  }

  private draw(elapsedMs: number): boolean {
    const isMoving = this.figures.move(elapsedMs);
    this.renderer.render(this.scene, this.camera);
    return isMoving;
  }

  dispose(): void {
    this.repaints.stop();
    this.resized.disconnect();
    this.figures.dispose();
    this.renderer.dispose();
    this.renderer.domElement.remove();
  }
}

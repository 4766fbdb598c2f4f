/** The enabled plugins, as all parts of this process see them. A change in another process is seen after its signal, or within a second. */
import type { EntityManager } from '@chat/kit/database/database';
import type { Bell } from '@chat/kit/events/bell';
import { PluginState, type Plugin } from './plugin';
import { findPlugins } from './plugin.store';

const FRESH_MS = 1_000;
const TOPIC = 'plugins-changed';

export class PluginDirectory {
  private known: { plugins: Promise<Plugin[]>; readAt: number } | undefined;
  private readonly stop: Promise<() => void>;

  /** @param order names of plugins that come first */
  constructor(
    private readonly fork: () => EntityManager,
    private readonly bell: Bell,
    private readonly order: readonly string[] = [],
  ) {
    this.stop = bell.listenSignal(TOPIC, () => (this.known = undefined));
    this.stop.catch(() => undefined);
  }

  /** In the order of their hooks. */
  async enabled(): Promise<readonly Plugin[]> {
    if (!this.known || performance.now() - this.known.readAt > FRESH_MS) {
      const plugins = findPlugins(this.fork(), PluginState.ENABLED).then((found) => this.inOrder(found));
      this.known = { plugins, readAt: performance.now() };
      plugins.catch(() => (this.known = undefined));
    }
    return this.known.plugins;
  }

  async find(id: string): Promise<Plugin | undefined> {
    return (await this.enabled()).find((plugin) => plugin.id === id);
  }

  /** Call it after the commit of each change. */
  changed(): void {
    this.known = undefined;
    this.bell.signal(TOPIC, {}).catch(() => undefined); // others see the change within a second
  }

  private inOrder(plugins: Plugin[]): Plugin[] {
    const rank = ({ name }: Plugin) => {
      const place = this.order.indexOf(name);
      return place === -1 ? this.order.length : place;
    };
    return plugins.sort((a, b) => rank(a) - rank(b));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stop = await this.stop.catch(() => undefined);
    stop?.();
  }
}

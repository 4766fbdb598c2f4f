/** Installs, enables, configures, upgrades, disables and uninstalls plugins. plugin.policy.ts checks permission before. */
import { recordAct } from '@chat/identity-client/audit/audit';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, conflict, notFound } from '@chat/kit/errors';
import type { Append, EventLog } from '@chat/kit/events/event-log';
import { isId, newId } from '@chat/kit/ids';
import type { PluginBots } from '../bots/plugin.bots';
import type { BundleSource } from '../bundles/bundle.source';
import { configProblems, defaultsOf, type Config, type ConfigSchema } from '../bundles/config-schema';
import { LoadError } from '../sandbox/sandbox';
import type { PluginDirectory } from './plugin.directory';
import { PluginState, type Plugin } from './plugin';
import { REGISTRY } from './plugin.events';
import type { PluginFaults } from './plugin.faults';
import type { PluginRuntime } from './plugin.runtime';
import { findPlugin, findPlugins, insertPlugin, lockPlugin, updatePlugin, type PluginChange } from './plugin.store';

interface Deps {
  eventLog: EventLog;
  bundles: BundleSource;
  bots: PluginBots;
  runtime: PluginRuntime;
  directory: PluginDirectory;
  faults: PluginFaults;
  /** Runs after a plugin was enabled or upgraded, in the same transaction. */
  onEnabled: (tx: EntityManager, plugin: Plugin) => Promise<void>;
  /** Runs in each transaction that changes a plugin. */
  onChange: (tx: EntityManager) => Promise<void>;
}

export class PluginService {
  constructor(private readonly deps: Deps) {}

  plugins(em: EntityManager): Promise<Plugin[]> {
    return findPlugins(em);
  }

  /** Null if there is none, or if the id is malformed. */
  async find(em: EntityManager, id: string): Promise<Plugin | null> {
    return isId(id) ? findPlugin(em, id.toLowerCase()) : null;
  }

  /** @throws NOT_FOUND */
  async require(em: EntityManager, id: string): Promise<Plugin> {
    const plugin = await this.find(em, id);
    if (!plugin) throw notFound('Plugin');
    return plugin;
  }

  /** @throws BAD_USER_INPUT; NOT_FOUND on the file; CONFLICT if a plugin of that name is installed */
  async installPlugin(em: EntityManager, viewer: Viewer, fileId: string): Promise<Plugin> {
    const bundle = await this.deps.bundles.bundleOf(fileId, viewer);
    const id = newId();
    await this.change(em, async (tx) => {
      const isNew = await insertPlugin(tx, id, viewer.id, bundle, defaultsOf(bundle.manifest.configSchema));
      if (!isNew) throw conflict(`A plugin ${bundle.manifest.name} is installed already. Upgrade it.`);
      const { name, version } = bundle.manifest;
      await recordAct(tx, act('plugin.install', id, { name, version, publisher: bundle.publisher }));
    });
    return this.require(em, id);
  }

  /**
   * Grants exactly these permissions, and runs the plugin. @throws BAD_USER_INPUT on permissions that it does not ask for, or a
   * configuration that is not complete; CONFLICT if another plugin has one of its commands, or if it cannot be loaded
   */
  async enablePlugin(em: EntityManager, viewer: Viewer, id: string, grantedPermissions: string[]): Promise<Plugin> {
    const plugin = await this.require(em, id);
    const { manifest } = plugin;
    const granted = [...new Set(grantedPermissions)].sort();
    const unasked = granted.filter((permission) => !manifest.permissions.includes(permission));
    if (unasked.length > 0)
      throw badUserInput({ grantedPermissions: `The plugin does not ask for ${unasked.join(', ')}.` });
    this.checkConfig(manifest.configSchema, plugin.config);
    await this.probe(plugin);
    const bot = await this.deps.bots.provide(plugin, viewer);
    await this.change(em, async (tx, append) => {
      // Two plugins with one command must not be enabled at the same time.
      await tx.execute("select pg_advisory_xact_lock(hashtext('plugins: enable'))");
      const current = await this.lock(tx, plugin.id);
      if (current.version !== plugin.version) throw conflict('The plugin was upgraded. Enable it again.');
      await this.refuseTakenCommands(tx, current);
      const change: PluginChange = { ...bot, granted, state: PluginState.ENABLED, lastError: null };
      await updatePlugin(tx, current.id, change);
      await this.deps.faults.forgive(tx, current.id);
      await this.deps.onEnabled(tx, { ...current, ...change });
      await this.announce(append, { ...current, state: PluginState.ENABLED, lastError: null });
      await recordAct(tx, act('plugin.enable', current.id, { name: current.name, granted }));
    });
    const enabled = await this.require(em, plugin.id);
    await this.deps.runtime.preload(enabled);
    return enabled;
  }

  /** Idempotent. The bot loses its key. */
  async disablePlugin(em: EntityManager, viewer: Viewer, id: string): Promise<Plugin> {
    const plugin = await this.require(em, id);
    await this.change(em, async (tx, append) => {
      const current = await this.lock(tx, plugin.id);
      if (current.state === PluginState.DISABLED) return;
      const change = { state: PluginState.DISABLED, granted: [], botKey: null, botKeyId: null };
      await updatePlugin(tx, current.id, change);
      await this.announce(append, { ...current, state: PluginState.DISABLED });
      await recordAct(tx, act('plugin.disable', current.id, { name: current.name }));
    });
    await this.deps.runtime.unload(plugin.id);
    await this.deps.bots.revoke(plugin, viewer);
    return this.require(em, plugin.id);
  }

  /** @throws BAD_USER_INPUT with the reason for each wrong setting as `config.<name>` */
  async configurePlugin(em: EntityManager, id: string, config: unknown): Promise<Plugin> {
    const plugin = await this.require(em, id);
    await this.change(em, async (tx, append) => {
      const current = await this.lock(tx, plugin.id);
      const next = this.checkConfig(current.manifest.configSchema, config);
      await updatePlugin(tx, current.id, { config: next });
      await this.announce(append, current);
      await recordAct(tx, act('plugin.configure', current.id, { settings: Object.keys(next) }));
    });
    return this.require(em, plugin.id);
  }

  /**
   * Replaces the version. The new one is loaded and migrates its stored values first; if one of the two fails, the earlier version stays,
   * with its stored values. @throws BAD_USER_INPUT; CONFLICT if it cannot be used
   */
  async upgradePlugin(em: EntityManager, viewer: Viewer, id: string, fileId: string): Promise<Plugin> {
    const plugin = await this.require(em, id);
    const { manifest, files, publisher } = await this.deps.bundles.bundleOf(fileId, viewer);
    if (manifest.name !== plugin.name)
      throw badUserInput({ fileId: `The bundle is of the plugin ${manifest.name}, not of ${plugin.name}.` });
    if (plugin.publisher !== null && publisher !== plugin.publisher)
      throw badUserInput({ fileId: 'The bundle is not signed by the publisher of the installed version.' });
    const config = keepConfig(manifest.configSchema, plugin.config);
    // Permissions that the new version asks for in addition have to be granted by enablePlugin.
    const granted = plugin.granted.filter((permission) => manifest.permissions.includes(permission));
    const next: Plugin = { ...plugin, version: manifest.version, manifest, files, publisher, config, granted };
    const isRunning = plugin.state === PluginState.ENABLED;
    if (isRunning) this.checkConfig(manifest.configSchema, config);
    const probe = await this.probe(next, isRunning);
    const before = isRunning ? await this.snapshot(em, plugin.id) : [];
    try {
      if (isRunning && probe.canMigrate) await this.migrate(next, probe.id, plugin.version);
      await this.change(em, async (tx, append) => {
        await tx.execute("select pg_advisory_xact_lock(hashtext('plugins: enable'))");
        const current = await this.lock(tx, plugin.id);
        if (current.revision !== plugin.revision) throw conflict('The plugin was changed meanwhile. Upgrade it again.');
        if (isRunning) await this.refuseTakenCommands(tx, next);
        const { version } = next;
        await updatePlugin(tx, plugin.id, { version, manifest, files, publisher, config, granted, lastError: null });
        if (isRunning) await this.deps.onEnabled(tx, next);
        await this.announce(append, { ...next, lastError: null });
        await recordAct(tx, act('plugin.upgrade', plugin.id, { from: plugin.version, to: version }));
      });
    } catch (error) {
      if (isRunning) await this.restore(em, plugin.id, before);
      await this.noteFailedUpgrade(em, plugin, manifest.version, error as Error);
      throw error;
    } finally {
      await this.deps.runtime.unload(probe.id);
    }
    return this.require(em, plugin.id);
  }

  /** Removes the plugin with its stored values, log and configuration, and deletes its bot. */
  async uninstallPlugin(em: EntityManager, viewer: Viewer, id: string): Promise<void> {
    const plugin = await this.require(em, id);
    await this.deps.runtime.unload(plugin.id);
    await this.deps.bots.remove(plugin, viewer);
    await this.change(em, async (tx, append) => {
      const current = await this.lock(tx, plugin.id);
      await tx.execute('delete from plugins.plugins where id = ?', [plugin.id]);
      await this.announce(append, { ...current, state: PluginState.DISABLED });
      await recordAct(tx, act('plugin.uninstall', plugin.id, { name: plugin.name, version: plugin.version }));
    });
  }

  private async change(em: EntityManager, work: (tx: EntityManager, append: Append) => Promise<void>): Promise<void> {
    await this.deps.eventLog.transaction(em, async (tx, append) => {
      await work(tx, append);
      await this.deps.onChange(tx);
    });
    this.deps.directory.changed();
  }

  private async lock(tx: EntityManager, id: string): Promise<Plugin> {
    const plugin = await lockPlugin(tx, id);
    if (!plugin) throw notFound('Plugin');
    return plugin;
  }

  private async announce(append: Append, { id, state, restarts, lastError }: Plugin): Promise<void> {
    await append(REGISTRY, 'PluginStateChanged', { id, state, restarts, lastError });
  }

  private checkConfig(schema: ConfigSchema, config: unknown): Config {
    if (config === null || typeof config !== 'object' || Array.isArray(config))
      throw badUserInput({ config: 'config must be an object.' });
    const complete = { ...defaultsOf(schema), ...(config as Config) };
    const problems = Object.entries(configProblems(schema, complete));
    if (problems.length > 0)
      throw badUserInput(Object.fromEntries(problems.map(([name, problem]) => [`config.${name}`, problem])));
    return complete;
  }

  private async refuseTakenCommands(tx: EntityManager, { id, manifest }: Plugin): Promise<void> {
    for (const other of await findPlugins(tx, PluginState.ENABLED)) {
      const taken = manifest.commands.find(
        ({ name }) => other.id !== id && other.manifest.commands.some((command) => command.name === name),
      );
      if (taken) throw conflict(`The plugin ${other.name} has the command /${taken.name} already.`);
    }
  }

  /** Evaluates a version beside the one that runs. @throws CONFLICT if it cannot be loaded, or lacks what its manifest names */
  private async probe(plugin: Plugin, keeps = false): Promise<{ id: string; canMigrate: boolean }> {
    const id = `${plugin.id} ${newId()}`;
    try {
      await this.deps.runtime.probe(plugin, id);
    } catch (error) {
      await this.deps.runtime.unload(id);
      if (error instanceof LoadError) throw conflict(`The plugin cannot be loaded: ${error.message}`);
      throw error;
    }
    if (!keeps) await this.deps.runtime.unload(id);
    return { id, canMigrate: keeps };
  }

  private async migrate(plugin: Plugin, probeId: string, from: string): Promise<void> {
    const result = await this.deps.runtime.callProbe(plugin, probeId, ['migrate'], { from, to: plugin.version });
    if (result.end === 'returned' || result.error?.startsWith('TypeError: the plugin has no handler')) return;
    throw conflict(`The new version failed to migrate: ${result.error ?? result.end}`);
  }

  private snapshot(em: EntityManager, id: string): Promise<{ key: string; value: string; bytes: number }[]> {
    return em.execute('select key, value, bytes from plugins.stored where plugin_id = ?', [id]);
  }

  private async restore(em: EntityManager, id: string, rows: readonly object[]): Promise<void> {
    await em.fork().transactional(async (tx) => {
      await tx.execute('delete from plugins.stored where plugin_id = ?', [id]);
      await tx.execute(
        `insert into plugins.stored (plugin_id, key, value, bytes)
         select ?, key, value, bytes from jsonb_to_recordset(?::jsonb) as row (key text, value text, bytes integer)`,
        [id, JSON.stringify(rows)],
      );
    });
  }

  private async noteFailedUpgrade(em: EntityManager, plugin: Plugin, version: string, error: Error): Promise<void> {
    const lastError = `The upgrade to ${version} failed, and ${plugin.version} stays: ${error.message}`.slice(0, 1_000);
    await this.change(em.fork(), async (tx, append) => {
      const current = await lockPlugin(tx, plugin.id);
      if (!current) return;
      await updatePlugin(tx, plugin.id, { lastError });
      await this.announce(append, { ...current, lastError });
    });
  }
}

/** The settings that the new version knows and accepts, and its defaults. */
function keepConfig(schema: ConfigSchema, config: Config): Config {
  const known = Object.fromEntries(
    Object.entries(config).filter(
      ([name, value]) => Object.hasOwn(schema.properties, name) && !(name in configProblems(schema, { [name]: value })),
    ),
  );
  return { ...defaultsOf(schema), ...known };
}

const act = (action: string, targetId: string, details: Record<string, unknown>) => ({
  action,
  targetType: 'Plugin',
  targetId,
  details,
});

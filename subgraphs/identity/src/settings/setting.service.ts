/** Lists and changes the settings and feature flags of all subgraphs, validated against the definitions that they announced. */
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, notFound } from '@chat/kit/errors';
import { announcedSettings, ringSettings, type LiveSettings } from '@chat/identity-client/settings/live-settings';
import { settingProblem, type SettingDefinition } from '@chat/identity-client/settings/setting-definition';
import type { Logger } from '@chat/kit/logging';
import type { Redis } from '@chat/kit/redis';
import type { AuditService } from '../audit/audit.service';
import type { FeatureFlag, Setting } from './setting.type';

interface Row {
  key: string;
  value: unknown;
  is_flag: boolean;
}

export class SettingService {
  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
    private readonly own: readonly SettingDefinition[],
    private readonly live: LiveSettings,
    private readonly audit: AuditService,
    private readonly log: Logger,
  ) {}

  /** Defined flags and flags that clients have created, sorted by key. */
  async featureFlags(em: EntityManager): Promise<FeatureFlag[]> {
    const [definitions, rows] = await Promise.all([this.definitions(), this.rows(em)]);
    const flags = new Map<string, FeatureFlag>();
    for (const { key, value, is_flag: isFlag } of rows)
      if (isFlag) flags.set(key, { key, enabled: value === true, description: null });
    for (const { key, type, default: byDefault, description } of definitions.values())
      if (type === 'flag') flags.set(key, { key, enabled: flags.get(key)?.enabled ?? byDefault, description });
    return [...flags.values()].sort(byKey);
  }

  /** Switches a flag, and creates it if it does not exist. @throws BAD_USER_INPUT for an invalid key */
  async setFeatureFlag(em: EntityManager, key: string, enabled: boolean): Promise<FeatureFlag> {
    if (!/^[a-z][\w.-]{0,63}$/i.test(key))
      throw badUserInput({ key: 'key must start with a letter and have up to 64 letters, digits, dots, _ and -.' });
    const definition = (await this.definitions()).get(key);
    if (definition && definition.type !== 'flag') throw badUserInput({ key: 'This is a setting: use updateSetting.' });
    await this.save(em, key, enabled, true, 'feature-flag.set');
    return { key, enabled, description: definition?.description ?? null };
  }

  /** All settings, sorted by key. */
  async settings(em: EntityManager): Promise<Setting[]> {
    const [definitions, rows] = await Promise.all([this.definitions(), this.rows(em)]);
    const changed = new Map(rows.map(({ key, value }) => [key, value]));
    return [...definitions.values()]
      .filter(({ type }) => type !== 'flag')
      .map((definition) => toSetting(definition, changed.get(definition.key)))
      .sort(byKey);
  }

  /** @throws NOT_FOUND for an unknown key; BAD_USER_INPUT for an invalid value */
  async updateSetting(em: EntityManager, key: string, value: unknown): Promise<Setting> {
    const definition = (await this.definitions()).get(key);
    if (!definition || definition.type === 'flag') throw notFound('Setting');
    const problem = settingProblem(definition, value);
    if (problem) throw badUserInput({ value: `value ${problem}.` });
    await this.save(em, key, value, false, 'setting.update');
    return toSetting(definition, value);
  }

  private async save(em: EntityManager, key: string, value: unknown, isFlag: boolean, action: string): Promise<void> {
    await em.transactional(async (tx) => {
      await tx.execute(
        `insert into identity.settings (key, value, is_flag, updated_at) values (?, ?::jsonb, ?, now())
         on conflict (key) do update set value = excluded.value, is_flag = excluded.is_flag, updated_at = now()`,
        [key, JSON.stringify(value), isFlag],
      );
      const targetType = isFlag ? 'FeatureFlag' : 'Setting';
      await this.audit.record(tx, { action, targetType, targetId: key, details: { value } });
    });
    // If the notification is lost, other processes poll the change within a second.
    const ringing = ringSettings(this.redis, this.prefix).catch((error: unknown) =>
      this.log.warn({ err: error }, 'a changed setting could not be announced'),
    );
    await Promise.all([ringing, this.live.refresh()]);
  }

  /** The definitions announced by all processes. This subgraph's own are available even while Redis is not. */
  private async definitions(): Promise<Map<string, SettingDefinition>> {
    const announced = await announcedSettings(this.redis, this.prefix).catch(
      () => new Map<string, SettingDefinition>(),
    );
    return new Map([...announced, ...this.own.map((definition) => [definition.key, definition] as const)]);
  }

  private rows(em: EntityManager): Promise<Row[]> {
    return em.execute<Row[]>('select key, value, is_flag from identity.settings');
  }
}

const byKey = (a: { key: string }, b: { key: string }): number => (a.key < b.key ? -1 : 1);

const toSetting = (definition: SettingDefinition, value: unknown): Setting => ({
  key: definition.key,
  value: value === undefined || settingProblem(definition, value) ? definition.default : value,
  defaultValue: definition.default,
  type: definition.type,
  description: definition.description,
});

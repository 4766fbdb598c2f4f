/** The accounts of plugins: each has a bot with an API key. Both are created on behalf of the administrator that enables the plugin. */
import type { Viewer } from '@chat/kit/auth/viewer';
import { ApiError } from '@chat/kit/errors';
import type { GraphClient } from '../graph/graph.client';
import type { SecretBox } from '../graph/secret-box';
import type { Plugin } from '../registry/plugin';
import type { PluginChange } from '../registry/plugin.store';

const CREATE_BOT = `mutation ($input: CreateServiceAccountInput!) { createServiceAccount(input: $input) { id } }`;
const CREATE_KEY = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret apiKey { id } } }`;
const REVOKE_KEY = `mutation ($id: ID!) { revokeApiKey(id: $id) }`;
const REMOVE_BOT = `mutation ($id: ID!) { deleteUser(id: $id) }`;

/** Names to try if the plugin's own is taken. */
const SUFFIXES = ['', '-bot', '-plugin', '-2', '-3'];

/** Suffix of user names of length 32 at most. */
const MAX_NAME = 32;

export class PluginBots {
  constructor(
    private readonly graph: GraphClient,
    private readonly box: SecretBox,
  ) {}

  /** Creates the bot and its key, unless they exist. @returns the columns to store. @throws as identity does */
  async provide(plugin: Plugin, viewer: Viewer): Promise<PluginChange> {
    const token = this.graph.tokenFor(viewer);
    const botId = plugin.botId ?? (await this.create(plugin, token));
    if (plugin.botKey !== null && this.box.open(plugin.botKey) !== undefined) return { botId };
    const input = { name: `plugin ${plugin.name}`, userId: botId, permissions: ['READ', 'WRITE'] };
    const { createApiKey } = await this.graph.data<{ createApiKey: { secret: string; apiKey: { id: string } } }>(
      token,
      CREATE_KEY,
      { input },
    );
    return { botId, botKey: this.box.seal(createApiKey.secret), botKeyId: createApiKey.apiKey.id };
  }

  /** The API key of a plugin's bot. @throws if the plugin has none */
  keyOf({ botKey, name }: Plugin): string {
    const key = botKey === null ? undefined : this.box.open(botKey);
    if (key === undefined) throw new Error(`The plugin ${name} has no bot. Disable and enable it.`);
    return key;
  }

  /** Takes all rights from the bot. */
  async revoke({ botKeyId }: Plugin, viewer: Viewer): Promise<void> {
    if (botKeyId === null) return;
    await this.unlessGone(this.graph.data(this.graph.tokenFor(viewer), REVOKE_KEY, { id: botKeyId }));
  }

  /** Deletes the account. Its messages stay. */
  async remove({ botId }: Plugin, viewer: Viewer): Promise<void> {
    if (botId === null) return;
    await this.unlessGone(this.graph.data(this.graph.tokenFor(viewer), REMOVE_BOT, { id: botId }));
  }

  private async create({ name, manifest }: Plugin, token: string): Promise<string> {
    for (const suffix of SUFFIXES) {
      const username = name.slice(0, MAX_NAME - suffix.length) + suffix;
      const input = { username, displayName: manifest.displayName ?? name };
      try {
        const { createServiceAccount } = await this.graph.data<{ createServiceAccount: { id: string } }>(
          token,
          CREATE_BOT,
          { input },
        );
        return createServiceAccount.id;
      } catch (error) {
        const isTaken = error instanceof ApiError && (error.code === 'CONFLICT' || error.code === 'BAD_USER_INPUT');
        if (!isTaken || suffix === SUFFIXES.at(-1)) throw error;
      }
    }
    throw new Error('unreachable');
  }

  private async unlessGone(work: Promise<unknown>): Promise<void> {
    await work.catch((error: unknown) => {
      if (!(error instanceof ApiError && error.code === 'NOT_FOUND')) throw error;
    });
  }
}

/** Rows of plugins, as this subgraph uses them. Clients see a part; see plugin.type.ts. */
import type { Config } from '../bundles/config-schema';
import type { Manifest } from '../bundles/manifest';

export enum PluginState {
  INSTALLED = 'INSTALLED',
  ENABLED = 'ENABLED',
  DISABLED = 'DISABLED',
  FAILED = 'FAILED',
}

export interface Plugin {
  id: string;
  name: string;
  version: string;
  state: PluginState;
  manifest: Manifest;
  /** Sources by path. */
  files: Record<string, string>;
  publisher: string | null;
  granted: string[];
  config: Config;
  /** Counts changes, so that processes know whether they run the present version. */
  revision: number;
  botId: string | null;
  /** Sealed; see secret-box.ts. */
  botKey: string | null;
  botKeyId: string | null;
  webhookToken: string | null;
  restarts: number;
  lastError: string | null;
  installedBy: string;
  createdAt: Date;
  updatedAt: Date;
}

/** Whether the administrator granted a permission, and the version that is installed asks for it. */
export const isGranted = ({ granted, manifest }: Plugin, permission: string): boolean =>
  granted.includes(permission) && manifest.permissions.includes(permission);

export const hasHook = ({ manifest }: Plugin, hook: string): boolean =>
  (manifest.hooks as readonly string[]).includes(hook);

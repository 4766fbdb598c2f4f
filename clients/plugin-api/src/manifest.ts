/** The manifest of a plugin: `manifest.json` in its bundle. */
import type { EventName } from './events.js';
import type { Json } from './interactions.js';

export type Permission =
  | 'events:receive'
  | 'messages:check'
  | 'messages:send'
  | 'graph:read'
  | 'graph:write'
  | 'storage'
  | 'webhooks'
  | `network:${string}`;

export interface Manifest {
  /** Words of lower-case letters and digits, joined by hyphens; at most 40 characters. */
  name: string;
  /** As semver.org has it. */
  version: string;
  displayName?: string;
  description?: string;
  /** The oldest API that the plugin works with; default 1. */
  apiVersion?: number;
  /** `wasm` runs a WebAssembly module; default `quickjs`, which runs JavaScript. */
  runtime?: 'quickjs' | 'wasm';
  /** `container`: it needs a container of its own. By default, plugins share a process. The operator may decide otherwise. */
  isolation?: 'shared' | 'container';
  /** The module with the default export, or the WebAssembly module; default `plugin.js` or `plugin.wasm`. */
  main?: string;
  hooks?: (EventName | 'beforeMessage')[];
  commands?: { name: string; description: string; hint?: string }[];
  schedules?: { name: string; everyMinutes: number }[];
  permissions?: Permission[];
  /** JSON Schema of the settings. */
  configSchema?: { type: 'object'; properties: Record<string, Json>; required?: string[] };
}

/** The events of all plugins, on one stream. */
import { defineStream, payload, type EventsOf } from '@chat/kit/events/stream-kind';
import type { PluginState } from './plugin';

export const registryStream = defineStream('registry', {
  PluginStateChanged: payload<{ id: string; state: PluginState; restarts: number; lastError: string | null }>(),
});

/** The only stream of its kind. */
export const REGISTRY = registryStream.of('plugins');

export type RegistryEvents = EventsOf<typeof registryStream>;

/** The types of the plugin API, version 1: everything that a plugin exports, receives and may call. Holds no code. */
export type * from './chat.js';
export type * from './events.js';
export type * from './interactions.js';
export type * from './manifest.js';
export type * from './plugin.js';

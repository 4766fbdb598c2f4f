/** markdown-it-emoji brings no types of its own. */
declare module 'markdown-it-emoji' {
  import type { PluginWithOptions } from 'markdown-it';
  export const full: PluginWithOptions<{ shortcuts?: Record<string, string | string[]> }>;
}

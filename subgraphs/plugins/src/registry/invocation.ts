/** The circumstances of a call of a plugin. */

import type { Cause } from '../graph/cause';
import type { Plugin } from './plugin';

/** The reason for a call, which the API needs to know. */
export interface Invocation {
  /** How many plugins have acted in a row before this call. */
  depth: number;
  /** Equal for each repetition of the call, so that its effects are not repeated. */
  key?: string;
  /** The API is not available to hooks that others wait for, except for stored values. */
  isHook?: boolean;
}

/** The cause of everything that the plugin does in this call. */
export const causeOf = ({ id }: Plugin, { depth }: Invocation): Cause => ({ pluginId: id, depth: depth + 1 });

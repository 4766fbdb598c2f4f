/** Applies a plan's rewrites to data, in place. */
import type { Rewrite } from '../planning/compiled-plan';
import { visitAtPath } from '../planning/rewrite-path';

export function applyRewrites(rewrites: readonly Rewrite[], value: unknown): void {
  for (const rewrite of rewrites) {
    visitAtPath(value, rewrite.parent, (object) => {
      if (rewrite.kind === 'ValueSetter') {
        object[rewrite.key] = rewrite.value;
      } else if (object[rewrite.key] !== undefined) {
        object[rewrite.renameTo] = object[rewrite.key];
        object[rewrite.key] = undefined;
      }
    });
  }
}

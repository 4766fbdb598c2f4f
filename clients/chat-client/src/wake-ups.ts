/** Moments at which a page should try again at once: the network is back, or the page was asleep. Nothing happens outside of pages. */
import type { Unlisten } from './emitter.ts';

interface EventSource {
  addEventListener?(type: string, listener: () => void): void;
  removeEventListener?(type: string, listener: () => void): void;
}

const EVENTS = ['online', 'pageshow', 'focus'];

export function onWakeUp(listener: () => void): Unlisten {
  const { window: page } = globalThis as { window?: EventSource };
  for (const event of EVENTS) page?.addEventListener?.(event, listener);
  return () => {
    for (const event of EVENTS) page?.removeEventListener?.(event, listener);
  };
}

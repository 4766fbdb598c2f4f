/** What goes on in a channel right now: typing, read markers. Heard now or never; nothing of it is stored. */
import type { Bell } from '@chat/kit/events/bell';
import { openSignals } from '@chat/kit/events/signal-feed';
import type { Logger } from '@chat/kit/logging';

export type Activity =
  { type: 'TypingStarted'; userId: string } | { type: 'ReadMarkerMoved'; userId: string; messageId: string };

export const activityTopic = (channelId: string): string => `activity:${channelId}`;

export class ActivityBell {
  constructor(
    private readonly bell: Bell,
    private readonly log: Logger,
  ) {}

  /** Does not wait, and does not mind a Redis that is away. */
  ring(channelId: string, activity: Activity): void {
    this.bell
      .signal(activityTopic(channelId), activity)
      .catch((error: unknown) => this.log.debug({ err: error }, 'a sign of activity was not heard'));
  }

  /** Resolves when it listens. */
  open(channelId: string): Promise<AsyncIterableIterator<Activity>> {
    return openSignals<Activity>(this.bell, activityTopic(channelId));
  }
}

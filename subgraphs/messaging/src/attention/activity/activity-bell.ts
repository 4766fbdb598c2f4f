/** Transient signals of a channel: typing, read markers and parts of answers. Not stored here and not repeated. */
import type { TokenSignal } from '../../assistant/tokens/token-signal';
import type { Bell } from '@chat/kit/events/bell';
import { openSignals } from '@chat/kit/events/signal-feed';
import type { Logger } from '@chat/kit/logging';

export type Activity =
  | { type: 'TypingStarted'; userId: string }
  | {
      type: 'ReadMarkerMoved';
      userId: string;
      messageId: string;
      /** Absent from processes of earlier releases. */ seq?: number;
    }
  | TokenSignal;

const activityTopic = (channelId: string): string => `activity:${channelId}`;

export class ActivityBell {
  constructor(
    private readonly bell: Bell,
    private readonly log: Logger,
  ) {}

  /** Fire and forget: neither waits nor fails if Redis is unavailable. */
  ring(channelId: string, activity: Activity): void {
    this.bell
      .signal(activityTopic(channelId), activity)
      .catch((error: unknown) => this.log.debug({ err: error }, 'could not publish a signal of activity'));
  }

  /** Resolves once it is subscribed. */
  open(channelId: string): Promise<AsyncIterableIterator<Activity, undefined>> {
    return openSignals<Activity>(this.bell, activityTopic(channelId));
  }
}

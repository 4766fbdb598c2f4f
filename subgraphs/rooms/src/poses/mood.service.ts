/** Lets avatars show the mood of their account's messages, if the account has joined so. Judges no text: messaging tells the moods. */
import type { Mood, Moods } from '@chat/kit/avatars/moods';
import type { Logger } from '@chat/kit/logging';
import type { PoseService } from './pose.service';

export class MoodService {
  constructor(
    private readonly moods: Moods,
    private readonly poses: PoseService,
    private readonly log: Logger,
  ) {}

  /** After a join, which decides anew for its room. Never throws: without it the face of the avatar stays as it is. */
  async follow(userId: string, roomId: string, showsMood: boolean): Promise<void> {
    await this.moods.want(userId, roomId, showsMood).catch((error: unknown) => {
      this.log.warn({ err: error, userId }, 'a room could not follow the mood of an account');
    });
  }

  /** Each process shows each mood, in the order of the messages; showing one again changes nothing. Never throws. */
  readonly show = async ({ userId, expression }: Mood): Promise<void> => {
    try {
      for (const roomId of await this.moods.rooms(userId)) {
        const isSeated = await this.poses.express({ userId, connection: undefined }, roomId, { expression });
        if (!isSeated) await this.moods.want(userId, roomId, false);
      }
    } catch (error) {
      this.log.warn({ err: error, userId }, 'the mood of an account could not be shown');
    }
  };
}

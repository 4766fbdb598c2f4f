/** Lets followers name the streams of the events that they need. */
import { letFollowersNameStreams } from '@chat/kit/events/event-followers';
import { Migration } from '@mikro-orm/migrations';

export class FollowedStreams extends Migration {
  override up(): void {
    for (const statement of letFollowersNameStreams('files')) this.addSql(statement);
  }
}

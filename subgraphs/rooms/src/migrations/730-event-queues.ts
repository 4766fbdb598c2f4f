/** Lets followers of events have one job for all that waits. */
import { letFollowersHaveQueues } from '@chat/kit/events/event-followers';
import { Migration } from '@mikro-orm/migrations';

export class EventQueues extends Migration {
  override up(): void {
    for (const statement of letFollowersHaveQueues('rooms')) this.addSql(statement);
  }
}

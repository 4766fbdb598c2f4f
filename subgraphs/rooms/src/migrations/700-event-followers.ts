/** Lets other subgraphs follow the events. */
import { createFollowers } from '@chat/kit/events/event-followers';
import { Migration } from '@mikro-orm/migrations';

export class EventFollowers extends Migration {
  override up(): void {
    for (const statement of createFollowers('rooms')) this.addSql(statement);
  }
}

/** Tells followers the correlation id of the request that made an event. */
import { tellFollowers } from '@chat/kit/events/event-followers';
import { Migration } from '@mikro-orm/migrations';

export class EventCauses extends Migration {
  override up(): void {
    this.addSql(tellFollowers('files'));
  }
}

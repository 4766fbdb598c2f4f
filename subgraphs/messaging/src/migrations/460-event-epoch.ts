/** The epoch of the event streams, which tells cursors from before a restore of the database. */
import { createEpochTable } from '@chat/kit/events/event-epoch';
import { Migration } from '@mikro-orm/migrations';

export class EventEpoch extends Migration {
  override up(): void {
    for (const statement of createEpochTable('messaging')) this.addSql(statement);
  }
}

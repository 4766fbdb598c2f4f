/** The tables of event streams. */
import { createEpochTable } from '@chat/kit/events/event-epoch';
import { createEventTables } from '@chat/kit/events/event-log';
import { Migration } from '@mikro-orm/migrations';

export class Events extends Migration {
  override up(): void {
    for (const statement of [...createEventTables('plugins'), ...createEpochTable('plugins')]) this.addSql(statement);
  }
}

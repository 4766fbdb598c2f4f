/** Free space for the counters of event streams, so that raising one writes no index entry (docs/decisions/mentions-of-everybody.md). */
import { Migration } from '@mikro-orm/migrations';

export class RoomInStreams extends Migration {
  override up(): void {
    this.addSql('alter table messaging.event_stream set (fillfactor = 70)');
  }
}

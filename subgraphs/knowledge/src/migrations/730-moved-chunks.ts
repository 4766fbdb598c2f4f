/** Lets chunks of a source change places in one statement. */
import { Migration } from '@mikro-orm/migrations';

export class MovedChunks extends Migration {
  override up(): void {
    this.addSql(`alter table knowledge.chunks drop constraint chunks_source_source_id_position_key,
      add constraint chunks_of_source unique (source, source_id, position) deferrable initially immediate`);
  }
}

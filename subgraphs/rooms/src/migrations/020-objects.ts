/** The table of objects in rooms. */
import { Migration } from '@mikro-orm/migrations';

export class Objects extends Migration {
  override up(): void {
    this.addSql(`create table rooms.objects (
      id uuid primary key,
      room_id uuid not null references rooms.rooms on delete cascade,
      kind text not null,
      transform jsonb not null,
      state jsonb not null,
      version integer not null,
      is_locked boolean not null default false,
      owner_id uuid not null,
      created_at timestamptz not null
    )`);
    this.addSql('create index objects_of_room on rooms.objects (room_id, id)');
    this.addSql('create index objects_of_account on rooms.objects (owner_id)');
  }
}

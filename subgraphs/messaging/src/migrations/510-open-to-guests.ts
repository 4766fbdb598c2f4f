// cspell:words hier dürfen lesen schreiben auch gäste
/** Channels that guests may join, and the channel `#general` of a fresh installation. */
import { Migration } from '@mikro-orm/migrations';

export class OpenToGuests extends Migration {
  override up(): void {
    this.addSql('alter table messaging.channels add column open_to_guests boolean not null default false');
    this.addSql(
      `alter table messaging.channels add constraint guests_in_public check (type = 'PUBLIC' or not open_to_guests)`,
    );
    // The installation's own channel has no creator.
    this.addSql('alter table messaging.channels alter column created_by drop not null');
    // A migration runs once per installation, so a deleted #general does not come back. An installation in use does not get one.
    // The id is the same everywhere, so that examples work by copy and paste.
    this.addSql(`insert into messaging.channels (id, type, name, topic, open_to_guests, created_at)
      select '00000000-0000-7000-8000-000000000001', 'PUBLIC', 'general',
        'Everybody may read and write here, guests included. · Hier dürfen alle lesen und schreiben, auch Gäste.', true, now()
      where not exists (select 1 from messaging.channels)`);
  }
}

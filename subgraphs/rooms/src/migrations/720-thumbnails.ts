/** The table of thumbnails: an image or the reason why there is none, by the model's hash. Skins have models without rows. */
import { Migration } from '@mikro-orm/migrations';

export class Thumbnails extends Migration {
  override up(): void {
    this.addSql(`create table rooms.thumbnails (
      model_sha256 text primary key,
      image bytea,
      problem text,
      created_at timestamptz not null,
      check ((image is null) <> (problem is null))
    )`);
  }
}

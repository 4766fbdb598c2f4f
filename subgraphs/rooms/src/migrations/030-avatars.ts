/** The table of avatars, and the table of validated models. */
import { Migration } from '@mikro-orm/migrations';

export class Avatars extends Migration {
  override up(): void {
    this.addSql(`create table rooms.models (
      sha256 text primary key,
      format text not null check (format in ('GLTF', 'GLB', 'VRM')),
      bytes bytea not null,
      animations jsonb not null,
      created_at timestamptz not null
    )`);
    this.addSql(`create table rooms.avatars (
      id uuid primary key,
      owner_id uuid not null,
      name text not null,
      skin_id text not null,
      model_sha256 text references rooms.models,
      parts jsonb not null,
      is_active boolean not null,
      created_at timestamptz not null
    )`);
    this.addSql('create index avatars_of_account on rooms.avatars (owner_id, id)');
    this.addSql('create unique index active_avatar on rooms.avatars (owner_id) where is_active');
    this.addSql('create index avatars_of_model on rooms.avatars (model_sha256)');
  }
}

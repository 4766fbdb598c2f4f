/** The tables of rooms, of sanctions against accounts, of announced occupants and of last poses. */
import { Migration } from '@mikro-orm/migrations';

export class Rooms extends Migration {
  override up(): void {
    this.addSql(`create table rooms.rooms (
      id uuid primary key,
      name text not null,
      capacity integer not null,
      environment text not null,
      spawn jsonb not null,
      is_private boolean not null,
      is_persistent boolean not null,
      is_locked boolean not null default false,
      has_lobby boolean not null default false,
      open_to_guests boolean not null default false,
      channel_id uuid,
      created_by uuid not null,
      created_at timestamptz not null
    )`);
    this.addSql('create index rooms_by_name on rooms.rooms (lower(name), id)');
    this.addSql('create index rooms_of_account on rooms.rooms (created_by, id)');
    this.addSql(`create table rooms.sanctions (
      room_id uuid not null references rooms.rooms on delete cascade,
      user_id uuid not null,
      kind text not null check (kind in ('KICK', 'MUTE')),
      until timestamptz not null,
      primary key (room_id, user_id, kind)
    )`);
    this.addSql(`create table rooms.lobby (
      room_id uuid not null references rooms.rooms on delete cascade,
      user_id uuid not null,
      is_admitted boolean not null default false,
      asked_at timestamptz not null,
      primary key (room_id, user_id)
    )`);
    this.addSql(`create table rooms.sittings (
      room_id uuid not null references rooms.rooms on delete cascade,
      user_id uuid not null,
      epoch text not null,
      primary key (room_id, user_id)
    )`);
    this.addSql(`create table rooms.last_poses (
      room_id uuid not null references rooms.rooms on delete cascade,
      user_id uuid not null,
      pose jsonb not null,
      primary key (room_id, user_id)
    )`);
  }
}

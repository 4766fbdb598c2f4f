/** The outbox of access changes that are not yet published, and group names that do not look like other names. */
import { Migration } from '@mikro-orm/migrations';

export class AccessNews extends Migration {
  override up(): void {
    // Triggers write it in the transaction of the change, so that neither a bug nor a crash loses a change.
    this.addSql(`create table identity.access_news (
      id bigint generated always as identity primary key,
      kind text not null check (kind in ('ended', 'roles', 'grants')),
      subject_id uuid not null
    )`);
    this.addSql(`create function identity.note_ended() returns trigger language plpgsql as $$
      begin
        insert into identity.access_news (kind, subject_id) values ('ended', new.id);
        return null;
      end $$`);
    for (const table of ['sessions', 'api_keys'])
      this.addSql(`create trigger note_ended after update of revoked_at on identity.${table}
        for each row when (old.revoked_at is null and new.revoked_at is not null) execute function identity.note_ended()`);

    this.addSql(`create function identity.note_roles() returns trigger language plpgsql as $$
      begin
        insert into identity.access_news (kind, subject_id) values ('roles', new.id);
        return null;
      end $$`);
    this.addSql(`create trigger note_roles after update of roles_changed_at on identity.users
      for each row when (new.roles_changed_at is distinct from old.roles_changed_at) execute function identity.note_roles()`);

    this.addSql(`create function identity.note_grant() returns trigger language plpgsql as $$
      declare
        changed identity.grants;
      begin
        if tg_op = 'DELETE' then changed := old; else changed := new; end if;
        insert into identity.access_news (kind, subject_id)
          select 'grants', changed.user_id where changed.user_id is not null
          union all
          select 'grants', m.user_id from identity.group_members m where m.group_id = changed.group_id;
        return null;
      end $$`);
    this.addSql(`create trigger note_grant after insert or delete on identity.grants
      for each row execute function identity.note_grant()`);

    this.addSql(`create function identity.note_membership() returns trigger language plpgsql as $$
      begin
        insert into identity.access_news (kind, subject_id)
          values ('grants', case when tg_op = 'DELETE' then old.user_id else new.user_id end);
        return null;
      end $$`);
    this.addSql(`create trigger note_membership after insert or delete on identity.group_members
      for each row execute function identity.note_membership()`);

    this.addSql(`alter table identity.groups add column name_skeleton text collate "C"`);
    this.addSql('update identity.groups set name_skeleton = name_key');
    this.addSql('alter table identity.groups alter name_skeleton set not null');
    this.addSql('create unique index groups_name_skeleton on identity.groups (name_skeleton)');
  }
}

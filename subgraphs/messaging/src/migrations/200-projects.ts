/** Projects, tickets, their comments and their history. */
import { Migration } from '@mikro-orm/migrations';

export class Projects extends Migration {
  override up(): void {
    this.addSql(`create table messaging.projects (
      id uuid primary key,
      key text collate "C" not null unique,
      name text not null,
      description text,
      last_number integer not null default 0,
      created_by uuid not null,
      created_at timestamptz not null
    )`);

    this.addSql(`create table messaging.project_members (
      project_id uuid not null references messaging.projects (id) on delete cascade,
      user_id uuid not null,
      added_at timestamptz not null,
      primary key (project_id, user_id)
    )`);

    // No foreign key to messages: retention removes them, and the ticket stays.
    this.addSql(`create table messaging.tickets (
      id uuid primary key,
      project_id uuid not null references messaging.projects (id) on delete cascade,
      number integer not null,
      title text not null,
      description text,
      status text not null check (status in ('OPEN', 'IN_PROGRESS', 'RESOLVED', 'CLOSED')),
      priority text not null check (priority in ('LOW', 'NORMAL', 'HIGH', 'URGENT')),
      labels text[] not null default '{}',
      author_id uuid not null,
      assignee_id uuid,
      source_message_id uuid,
      event_seq integer not null,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      unique (project_id, number)
    )`);
    this.addSql('create index tickets_by_status on messaging.tickets (project_id, status, number)');
    this.addSql(`create index tickets_by_assignee on messaging.tickets (project_id, assignee_id, number)
      where assignee_id is not null`);
    this.addSql('create index tickets_by_label on messaging.tickets using gin (labels)');

    this.addSql(`create table messaging.ticket_comments (
      id uuid primary key,
      ticket_id uuid not null references messaging.tickets (id) on delete cascade,
      author_id uuid not null,
      body text not null,
      created_at timestamptz not null
    )`);
    this.addSql('create index ticket_comments_of on messaging.ticket_comments (ticket_id, id)');

    this.addSql(`create table messaging.ticket_changes (
      id uuid primary key,
      ticket_id uuid not null references messaging.tickets (id) on delete cascade,
      actor_id uuid not null,
      field text not null,
      before text,
      after text,
      created_at timestamptz not null
    )`);
    this.addSql('create index ticket_changes_of on messaging.ticket_changes (ticket_id, id)');
  }
}

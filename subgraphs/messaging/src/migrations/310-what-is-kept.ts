/** What decides how long things are kept, and what clearing up needs in order to find them: events, mentions, reports, secrets of webhooks. */
import { Migration } from '@mikro-orm/migrations';

export class WhatIsKept extends Migration {
  override up(): void {
    // Rows come in the order of time, so that a summary per range of pages does, and appending costs next to nothing more.
    this.addSql('create index event_age on messaging.event using brin (created_at)');

    // A row also says that somebody was told, so it stays when the mention goes.
    this.addSql('alter table messaging.mentions add column is_withdrawn boolean not null default false');
    this.addSql('create index mentions_of on messaging.mentions (channel_id, seq)');

    // Reports go with their message, whatever has become of them.
    this.addSql('create index reports_of on messaging.reports (message_id)');

    this.addSql(`alter table messaging.webhooks add column secret_version integer not null default 1,
      add column previous_secret_until timestamptz`);
  }
}

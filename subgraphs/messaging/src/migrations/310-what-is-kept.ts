/** Columns and indexes for retention: events, mentions, reports and secrets of webhooks. */
import { Migration } from '@mikro-orm/migrations';

export class WhatIsKept extends Migration {
  override up(): void {
    // Rows are in the order of time, so that a BRIN index suffices, which costs appends next to nothing.
    this.addSql('create index event_age on messaging.event using brin (created_at)');

    // A row also records that the account was notified, so it outlives the mention.
    this.addSql('alter table messaging.mentions add column is_withdrawn boolean not null default false');
    this.addSql('create index mentions_of on messaging.mentions (channel_id, seq)');

    // Reports are deleted with their message, in any state.
    this.addSql('create index reports_of on messaging.reports (message_id)');

    this.addSql(`alter table messaging.webhooks add column secret_version integer not null default 1,
      add column previous_secret_until timestamptz`);
  }
}

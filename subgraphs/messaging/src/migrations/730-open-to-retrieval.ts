/**
 * Channels that opted in to retrieval, and what the knowledge subgraph reads of them: their messages, and who sees them
 * (docs/decisions/retrieval-of-messages.md).
 */
import { Migration } from '@mikro-orm/migrations';
import { functionsAt } from '../sql/function-files';

export class OpenToRetrieval extends Migration {
  override up(): void {
    this.addSql('alter table messaging.channels add column open_to_retrieval boolean not null default false');
    this.addSql(
      `alter table messaging.channels add constraint no_retrieval_of_direct check (type <> 'DIRECT' or not open_to_retrieval)`,
    );
    this.addSql('create index channels_open_to_retrieval on messaging.channels (id) where open_to_retrieval');
    this.addSql(`create view messaging.retrievable_messages as
      select m.id, m.channel_id, m.body, m.edited_at from messaging.messages m
      join messaging.channels c on c.id = m.channel_id and c.open_to_retrieval where m.deleted_at is null`);
    for (const statement of functionsAt({ 'retrievable-channels': '548c525e' })) this.addSql(statement);
  }
}

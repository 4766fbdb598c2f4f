/** Channels that suggest reactions to messages. */
import { Migration } from '@mikro-orm/migrations';

export class SuggestedReactions extends Migration {
  override up(): void {
    this.addSql('alter table messaging.channels add column suggests_reactions boolean not null default false');
  }
}

/** The short way of messages that need no more than their own rows (docs/decisions/plain-messages.md). */
import { Migration } from '@mikro-orm/migrations';
import { functionsAt } from '../sql/function-files';

export class PlainMessages extends Migration {
  override up(): void {
    for (const statement of functionsAt({ 'send-plain-messages': '56e0af49' })) this.addSql(statement);
  }
}

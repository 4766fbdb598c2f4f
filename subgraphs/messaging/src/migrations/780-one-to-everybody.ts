/** The short way of one message to everybody (docs/decisions/mentions-of-everybody.md). */
import { Migration } from '@mikro-orm/migrations';
import { functionsAt } from '../sql/function-files';

export class OneToEverybody extends Migration {
  override up(): void {
    for (const statement of functionsAt({ 'send-messages': '2370a663' })) this.addSql(statement);
  }
}

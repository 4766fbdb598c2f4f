/** Applies the functions from src/sql, which holds their current bodies from here on. */
import { Migration } from '@mikro-orm/migrations';
import { functionsAt } from '../sql/function-files';

export class FunctionFiles extends Migration {
  override up(): void {
    const functions = functionsAt({
      'search-document': '614f6a74',
      'dispatch-to-webhooks': 'bcc614d4',
      'forget-delivered': '8f072454',
      'give-document': '1ed766b7',
      'lock-channel-access': '494916f9',
      'mark-read': '6669065c',
      'note-access': 'a50c8aef',
      'read-channel-access': '0f2d2a44',
      'read-messages': '0b78f2f2',
      'send-messages': 'b3bb47b2',
      'walk-authors': 'd0c5fc04',
      'walk-channels': 'f052c2ee',
    });
    for (const statement of functions) this.addSql(statement);
  }
}

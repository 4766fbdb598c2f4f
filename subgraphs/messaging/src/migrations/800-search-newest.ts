/** The functions that search the newest messages and end when they have found enough. Those that they replace get a comment. */
import { Migration } from '@mikro-orm/migrations';
import { functionsAt } from '../sql/function-files';

export class SearchNewest extends Migration {
  override up(): void {
    const functions = functionsAt({
      'search-authors': '934c7f4d',
      'search-channels': '2b1b5901',
      'walk-authors': '210d6dcd',
      'walk-channels': '6dffc845',
    });
    for (const statement of functions) this.addSql(statement);
  }
}

/** Corrections of completions probe the index of keys by their beginning, so that of trigrams has no reader. */
import { Migration } from '@mikro-orm/migrations';

export class CompletionByPrefix extends Migration {
  override up(): void {
    this.addSql('drop index knowledge.term_keys_by_trigram');
  }
}

/** The operator's word list: pairs of German and English words by the keys under which searches look them up. */
import { Migration } from '@mikro-orm/migrations';

export class WordList extends Migration {
  override up(): void {
    this.addSql(`create table knowledge.word_list (
      key text not null,
      position integer not null,
      translation text not null,
      primary key (key, position)
    )`);
  }
}

/** Answers of the assistant: a row per question, and the job that answers it. */
import { Migration } from '@mikro-orm/migrations';
import { functionsAt } from '../sql/function-files';

export class Assistant extends Migration {
  override up(): void {
    // The id is also the id of the message that the answer becomes. The text moves there at the end.
    this.addSql(`create table messaging.assistant_answers (
      id uuid primary key,
      question_id uuid not null unique references messaging.messages (id) on delete cascade,
      channel_id uuid not null references messaging.channels (id) on delete cascade,
      parent_id uuid,
      asker_id uuid not null,
      made_by_key uuid,
      state text not null default 'WAITING',
      provider text,
      body text not null default '',
      failure text,
      run_id uuid,
      is_cancelled boolean not null default false,
      created_at timestamptz not null default now(),
      ended_at timestamptz
    )`);
    this.addSql('create index answers_by_channel on messaging.assistant_answers (channel_id)');
    for (const statement of functionsAt({ 'enqueue-answer': '12b40b4a' })) this.addSql(statement);
    this.addSql(`create trigger enqueue_answer after insert on messaging.assistant_answers
      for each row execute function messaging.enqueue_answer()`);
  }
}

/** The message of each webhook delivery, so that the log keeps no more of a message than its channel does. */
import { Migration } from '@mikro-orm/migrations';

export class ForgetWhatWasDelivered extends Migration {
  override up(): void {
    this.addSql('alter table messaging.webhook_deliveries add column message_id uuid');
    this.addSql(`update messaging.webhook_deliveries set message_id = (body::jsonb #>> '{data,messageId}')::uuid
      where stream like 'channel:%'`);
    this.addSql(`create index webhook_deliveries_about on messaging.webhook_deliveries (message_id)
      where message_id is not null`);

    this.addSql(`create function messaging.forget_delivered(message_ids uuid[]) returns void language plpgsql
      set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
      begin
        update messaging.webhook_deliveries d set body = jsonb_set(d.body::jsonb, '{data,message}', coalesce((
          select d.body::jsonb #> '{data,message}' || jsonb_build_object('body', '',
            'deletedAt', to_char(m.deleted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
          from messaging.messages m where m.id = d.message_id), 'null'))::text
        where d.message_id = any(message_ids) and jsonb_typeof(d.body::jsonb #> '{data,message}') = 'object';
      end $$`);
    this.addSql(`select messaging.forget_delivered(array(
      select d.message_id from messaging.webhook_deliveries d left join messaging.messages m on m.id = d.message_id
      where d.message_id is not null and (m.id is null or m.deleted_at is not null)))`);
  }
}

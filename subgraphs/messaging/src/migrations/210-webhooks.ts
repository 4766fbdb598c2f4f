/** Webhooks in both directions, and the trigger that enqueues deliveries with each appended event. */
import { Migration } from '@mikro-orm/migrations';

export class Webhooks extends Migration {
  override up(): void {
    this.addSql(`create table messaging.webhooks (
      id uuid primary key,
      url text not null,
      events text[] not null,
      channel_id uuid references messaging.channels (id) on delete cascade,
      created_by uuid not null,
      created_at timestamptz not null,
      failing_since timestamptz,
      disabled_at timestamptz
    )`);
    this.addSql('create index webhooks_of on messaging.webhooks (channel_id, id)');

    this.addSql(`create table messaging.webhook_deliveries (
      id uuid primary key,
      webhook_id uuid not null references messaging.webhooks (id) on delete cascade,
      event text not null,
      stream text not null,
      seq bigint not null,
      body text not null,
      status text not null check (status in ('PENDING', 'DELIVERED', 'FAILED')),
      attempts integer not null,
      response_status integer,
      error text,
      next_attempt_at timestamptz,
      created_at timestamptz not null,
      first_failed_at timestamptz,
      delivered_at timestamptz,
      unique (webhook_id, stream, seq)
    )`);
    this.addSql('create index webhook_deliveries_of on messaging.webhook_deliveries (webhook_id, id)');
    this.addSql(`create index webhook_deliveries_done on messaging.webhook_deliveries (created_at)
      where status <> 'PENDING'`);

    this.addSql(`create function messaging.dispatch_to_webhooks() returns trigger language plpgsql as $$
      begin
        if exists (select 1 from messaging.webhooks where disabled_at is null) then
          -- One queue a stream, and the time at which its lock is held: dispatched in the order of seq.
          perform graphile_worker.add_job(
              'messaging-webhooks:dispatch-event', json_build_object('stream', e.stream, 'seq', e.seq),
              queue_name => 'messaging-webhooks:' || e.stream, run_at => clock_timestamp())
            from appended e
            where exists (
              select 1 from messaging.webhooks w
              where w.disabled_at is null and w.events && array[e.type, '*']
                and case when w.channel_id is null then e.stream like 'channel:%' or e.stream like 'project:%'
                    else e.stream = 'channel:' || w.channel_id end)
            order by e.stream, e.seq;
        end if;
        return null;
      end $$`);
    this.addSql(`create trigger dispatch_to_webhooks after insert on messaging.event
      referencing new table as appended for each statement execute function messaging.dispatch_to_webhooks()`);

    this.addSql(`create table messaging.incoming_webhooks (
      id uuid primary key,
      channel_id uuid not null references messaging.channels (id) on delete cascade,
      name text not null,
      token_hash text not null unique,
      created_by uuid not null,
      created_at timestamptz not null
    )`);
    this.addSql('create index incoming_webhooks_of on messaging.incoming_webhooks (channel_id, id)');
  }
}

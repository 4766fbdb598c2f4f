-- Trigger: enqueues a job for each appended event that a webhook listens to.
-- A trigger and not code around EventLog, because hot paths append many events in one statement of their own.
create or replace function messaging.dispatch_to_webhooks() returns trigger language plpgsql as $$
begin
  if exists (select 1 from messaging.webhooks where disabled_at is null) then
    -- One queue per stream. run_at is read while the stream is locked, so jobs run in the order of seq.
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
end $$;

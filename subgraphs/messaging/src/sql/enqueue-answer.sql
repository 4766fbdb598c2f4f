-- Trigger: enqueues the job that answers a question, in the transaction that sends the question. Answers in a channel come one after the
-- other, so that each knows the ones before it.
create or replace function messaging.enqueue_answer() returns trigger language plpgsql as $$
begin
  perform graphile_worker.add_job('messaging-assistant:answer', json_build_object('id', new.id),
    queue_name => 'messaging-assistant:' || new.channel_id);
  return null;
end $$;

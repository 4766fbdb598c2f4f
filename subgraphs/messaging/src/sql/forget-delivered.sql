-- Removes the text of deleted and removed messages from the log of webhook deliveries.
-- A deleted message keeps what the graph shows of it; a removed one becomes null.
create or replace function messaging.forget_delivered(message_ids uuid[]) returns void language plpgsql
  set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
begin
  update messaging.webhook_deliveries d set body = jsonb_set(d.body::jsonb, '{data,message}', coalesce((
    select d.body::jsonb #> '{data,message}' || jsonb_build_object('body', '',
      'deletedAt', to_char(m.deleted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    from messaging.messages m where m.id = d.message_id), 'null'))::text
  where d.message_id = any(message_ids) and jsonb_typeof(d.body::jsonb #> '{data,message}') = 'object';
end $$;

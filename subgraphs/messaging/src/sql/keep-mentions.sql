-- Trigger: keeps the mentions of everybody (messaging.channel_mentions) with those who were members then. An account that joins has the
-- later ones only; one that leaves takes its own along.
create or replace function messaging.keep_mentions() returns trigger language plpgsql as $$
begin
  if new.state = 'JOINED' then
    if tg_op = 'INSERT' or old.state <> 'JOINED' then new.joined_seq := new.read_seq; end if;
  elsif tg_op = 'UPDATE' and old.state = 'JOINED' then
    insert into messaging.mentions (channel_id, user_id, seq, message_id)
    select c.channel_id, new.user_id, c.seq, c.message_id from messaging.channel_mentions c
    where c.channel_id = new.channel_id and c.seq > old.joined_seq and c.silent_id is distinct from new.user_id
    on conflict do nothing;
  end if;
  return new;
end $$;

-- The channels whose messages the knowledge subgraph may retrieve for the account: those that opted in and that it sees; without an
-- account, all that opted in. granted holds the ids of channels that the viewer was granted, or '*'. The rule is that of channels/channel.rules.ts, canSee; visible-files.test.ts compares them.
create or replace function messaging.retrievable_channels(account_id uuid, granted text[])
  returns setof uuid language sql stable as $$
  select c.id
  from messaging.channels c
  left join messaging.members m on m.channel_id = c.id and m.user_id = account_id
  where c.open_to_retrieval
    and (account_id is null or coalesce(m.state = 'JOINED', false)
      or (m.state is distinct from 'BANNED' and (c.type = 'PUBLIC'
        or (c.type <> 'DIRECT' and (c.id::text = any(granted) or '*' = any(granted))))))
$$;

-- The files among file_ids that are attached to messages that the account sees; without an account, those attached to any message. The files
-- subgraph calls it for access to files. The rule is that of channels/channel.rules.ts, canSee, which visible-files.test.ts compares with it.
create or replace function messaging.visible_files(account_id uuid, file_ids uuid[])
  returns setof uuid language plpgsql stable as $$
declare
  granted text[] := '{}';
begin
  if account_id is null then
    return query select distinct a.file_id from messaging.message_attachments a where a.file_id = any(file_ids);
    return;
  end if;
  if to_regclass('identity.effective_grants') is not null then
    execute 'select coalesce(array_agg(resource_id::text), ''{}'') from identity.effective_grants where user_id = $1 and resource_type = ''Channel'''
      into granted using account_id;
  end if;
  return query
    select distinct a.file_id
    from messaging.message_attachments a
    join messaging.messages s on s.id = a.message_id and s.deleted_at is null
    join messaging.channels c on c.id = s.channel_id
    left join messaging.members m on m.channel_id = c.id and m.user_id = account_id
    where a.file_id = any(file_ids)
      and (coalesce(m.state = 'JOINED', false)
        or (m.state is distinct from 'BANNED' and (c.type = 'PUBLIC'
          or (c.type <> 'DIRECT' and (c.id::text = any(granted) or '*' = any(granted))))));
end $$;

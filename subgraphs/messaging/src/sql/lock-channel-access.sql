-- Locks a channel until commit and returns it with the account's membership, as both are under the lock.
create or replace function messaging.lock_channel_access(account_id uuid, channel_id uuid)
  returns table (ord bigint, channel messaging.channels, event_seq bigint, member messaging.members) language plpgsql as $$
begin
  perform 1 from messaging.channels c where c.id = $2 for no key update;
  return query select * from messaging.read_channel_access(array[$1], array[$2]);
end $$;

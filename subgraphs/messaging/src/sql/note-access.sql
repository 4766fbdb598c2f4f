-- Trigger: notes an account whose access to a channel has changed, for messaging.access_news.
create or replace function messaging.note_access() returns trigger language plpgsql as $$
begin
  insert into messaging.access_news (user_id) values (old.user_id);
  return null;
end $$;

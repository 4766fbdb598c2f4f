-- Trigger: gives a message a search document if the process that wrote it gave none, as processes of earlier releases do.
-- Version 0 of the analysis marks it, so that a job analyses it again.
create or replace function messaging.give_document() returns trigger language plpgsql as $$
begin
  new.document := messaging.search_document(new.body);
  new.analysis := 0;
  return new;
end $$;

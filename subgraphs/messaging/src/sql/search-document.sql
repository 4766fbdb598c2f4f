-- The search document that PostgreSQL makes of a text: German and English stems side by side.
-- Used for messages that the text analysis of the process has not analysed; see give-document.sql.
create or replace function messaging.search_document(body text) returns tsvector language sql immutable parallel safe
  return to_tsvector('german'::regconfig, body) || to_tsvector('english'::regconfig, body);

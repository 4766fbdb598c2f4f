/** The account of the assistant. Identity creates it, and other subgraphs write as it; nobody can log in as it. */

/** The same in every installation, so that no subgraph has to ask for it. */
export const ASSISTANT_ID = '00000000-0000-7000-8000-0000000000a1';

/** Its username, unless an older installation has given the name to somebody else. */
export const ASSISTANT_NAME = 'assistant';

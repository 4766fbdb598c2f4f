/** The question that each bench answers. */

/** By the name of the file `<name>.bench.ts`. */
export const QUESTIONS: Readonly<Record<string, string>> = {
  completion: 'How fast are terms completed as one types, in a dictionary of a million?',
  fanout: 'What does fan-out to many subscribers cost, beside Hive Gateway and bare ws?',
  gateway:
    'What does a federated query cost, beside stock @apollo/gateway, Mercurius, Hive Gateway and handwritten code?',
  history: 'Does history stay fast when it grows?',
  'hostile-text': 'Do texts that are built to be slow delay the queries of others?',
  hybrid: 'How fast are passages found by words and by meaning, also while another encoder embeds them?',
  'identity-access': 'What do authentication and authorisation cost per request?',
  'identity-logins': 'Do logins slow other requests?',
  'large-channel': 'What do the members of a large channel cost, and a message that mentions all of them?',
  messages: 'What does a message cost in each process of the whole stack, beside a row that pgbench commits?',
  passages: 'How fast are passages and pages found by words, among a million?',
  plugins: 'What do plugins cost, and what does one that misbehaves cost the others?',
  reconnect: 'How fast do thousands of subscribers recover if their gateway dies?',
  'redis-failover': 'How long is Redis silent if its master is killed and Sentinels promote the replica?',
  restore:
    'How long do the backup of a million messages, its restore, and a restore to a chosen second take, and are all tables equal?',
  revocation: 'How long does a revoked subscription live at another gateway?',
  rooms: 'What do walking avatars cost, beside Colyseus?',
  scans: 'How many files a second are scanned, beside clamdscan?',
  transfers: 'What do uploads and downloads cost, beside nginx?',
  vectors: 'Do filtered searches in the vector store find what an exact scan finds, also after its SIGKILL?',
  voices: 'What do forwarded voices cost, and how soon is another speaker heard?',
};

/** Where the local store keeps an object: a path that follows from its key. */
import { dirname, join } from 'node:path';

const KEY = /^[a-z0-9-]+([/.][a-z0-9-]+)*$/;

/** Two levels of 256 folders, from the last characters of the key, as ids begin with the time. @throws if it is no key */
export function shardedPath(key: string): string {
  if (!KEY.test(key)) throw new Error(`not a key: ${JSON.stringify(key)}`);
  const slash = key.lastIndexOf('/');
  const name = key.slice(slash + 1);
  const shard = name.split('.', 1)[0]!.slice(-4).padStart(4, '0');
  return join(key.slice(0, slash + 1), shard.slice(0, 2), shard.slice(2), name);
}

/** The smallest folder with all keys of a prefix. A prefix with the whole first part of a name, as in `derived/<id>.`, has one shard. */
export function folderOfPrefix(prefix: string): string {
  const slash = prefix.lastIndexOf('/');
  const dot = prefix.indexOf('.', slash + 1);
  return dot < 0 ? prefix.slice(0, Math.max(0, slash)) : dirname(shardedPath(prefix.slice(0, dot)));
}

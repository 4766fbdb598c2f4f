/** The hashes of the skins' models, which name them where models of accounts have theirs. */
import { createHash } from 'node:crypto';
import { skinOf, SKINS, type Skin } from './catalogue';
import { skinModel } from './skin-model';

const SKIN_BY_HASH = new Map(SKINS.map((skin) => [createHash('sha256').update(skinModel(skin)).digest('hex'), skin]));
const HASH_BY_ID = new Map([...SKIN_BY_HASH].map(([hash, { id }]) => [id, hash]));

export const SKIN_HASHES: readonly string[] = [...SKIN_BY_HASH.keys()];

export const skinOfHash = (sha256: string): Skin | undefined => SKIN_BY_HASH.get(sha256);

/** Of the first skin if there is none of this id any more. */
export const hashOfSkin = (id: string): string => HASH_BY_ID.get(skinOf(id)?.id ?? '') ?? SKIN_HASHES[0]!;

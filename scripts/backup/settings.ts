/** The settings that backup and restore read: which installation, which store of files, which secret. */
import { installationVariables } from '@chat/kit/embedded/installed-postgres';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { storageVariables } from '../../subgraphs/files/src/config';

export const backupVariables = {
  ...storageVariables,
  ...installationVariables,
  SECRET_KEY: z.string().min(32).optional().describe('the secret of the installation; by default DATA_DIR/secret-key'),
};

/** The file of the secret that `npm start` generates. */
export const secretFile = ({ DATA_DIR }: { DATA_DIR: string }): string => join(DATA_DIR, 'secret-key');

/** The secret of the installation; undefined if neither the settings nor DATA_DIR has one. */
export async function installedSecret(config: { DATA_DIR: string; SECRET_KEY?: string }): Promise<string | undefined> {
  const generated = await readFile(secretFile(config), 'utf8').catch(() => '');
  return config.SECRET_KEY ?? (generated.trim() || undefined);
}

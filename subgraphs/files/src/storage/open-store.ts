/** Opens the store that the configuration names. */
import { ConfigError } from '@chat/kit/config';
import { join } from 'node:path';
import type { StorageConfig } from '../config';
import type { FileStore } from './file-store';
import { LocalStore } from './local-store';
import { S3Store } from './s3-store';

/** @param type the store; that of the configuration by default. @throws ConfigError on half a pair of credentials */
export async function openStore(config: StorageConfig, type = config.STORAGE_TYPE): Promise<FileStore> {
  if (type === 'local') return LocalStore.open(join(config.DATA_DIR, 'files'));
  const { STORAGE_ACCESS_KEY: accessKeyId, STORAGE_SECRET_KEY: secretAccessKey } = config;
  if (!accessKeyId !== !secretAccessKey)
    throw new ConfigError(['STORAGE_ACCESS_KEY and STORAGE_SECRET_KEY: set both or neither']);
  return new S3Store({
    bucket: config.STORAGE_BUCKET,
    region: config.STORAGE_REGION,
    endpoint: config.STORAGE_ENDPOINT,
    publicEndpoint: config.STORAGE_PUBLIC_ENDPOINT,
    isPathStyle: config.STORAGE_PATH_STYLE,
    credentials: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined,
  });
}

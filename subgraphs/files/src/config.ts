/** Environment variables of the files subgraph, beyond those of every subgraph. */
import { booleanVariable, integerVariable } from '@chat/kit/config';
import { subgraphVariables } from '@chat/kit/graphql/runtime';
import { z } from 'zod';
import { inspectionVariables } from './inspection/inspection.variables';
import { scanningVariables } from './scanning/scanning.variables';

/** The largest size that the graph's Int can hold. */
export const MAX_FILE_BYTES = 2_147_483_647;

const GIBIBYTE = 1_073_741_824;

/** The settings of stores, which the commands of files.cli.ts read too. */
export const storageVariables = {
  DATA_DIR: z.string().default('./data').describe('folder of all data; uploaded files are below it in files/'),
  STORAGE_TYPE: z.enum(['local', 's3']).default('local').describe('store of uploaded files: local disk or S3'),
  STORAGE_BUCKET: z.string().default('chat-files').describe('bucket of uploaded files, for STORAGE_TYPE=s3'),
  STORAGE_REGION: z.string().default('us-east-1').describe('region of the bucket'),
  STORAGE_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('URL of an S3-compatible server; without it, AWS'),
  STORAGE_PUBLIC_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('URL of the S3 server for clients, in presigned URLs; STORAGE_ENDPOINT by default'),
  STORAGE_PATH_STYLE: booleanVariable()
    .default(false)
    .describe('put the bucket into the path of S3 URLs instead of the host name'),
  STORAGE_ACCESS_KEY: z
    .string()
    .optional()
    .describe('S3 access key id; without it, the credentials of the environment (AWS_ACCESS_KEY_ID, instance roles)'),
  STORAGE_SECRET_KEY: z.string().optional().describe('S3 secret access key'),
};

export const filesVariables = {
  ...subgraphVariables,
  ...storageVariables,
  FILE_MAX_BYTES: integerVariable(1, MAX_FILE_BYTES).default(GIBIBYTE).describe('maximum size of one file, bytes'),
  FILE_QUOTA_BYTES: integerVariable(0)
    .default(10 * GIBIBYTE)
    .describe('total size of the files of one account, bytes; 0 is unlimited'),
  FILE_TOTAL_QUOTA_BYTES: integerVariable(0)
    .default(0)
    .describe('total size of the files of all accounts, bytes; 0 is unlimited'),
  FILE_ORPHAN_DAYS: integerVariable(0, 36_500)
    .default(0)
    .describe('files that are attached and shared nowhere are deleted after this time, days; 0 keeps them'),
  UPLOAD_SECONDS: integerVariable(1, 604_800)
    .default(86_400)
    .describe('lifetime of an upload from beginUpload to completeUpload, seconds'),
  DOWNLOAD_URL_SECONDS: integerVariable(1, 86_400).default(60).describe('lifetime of download URLs, seconds'),
  ...scanningVariables,
  ...inspectionVariables,
};

export type FilesConfig = z.output<z.ZodObject<typeof filesVariables>>;

export type StorageConfig = z.output<z.ZodObject<typeof storageVariables>>;

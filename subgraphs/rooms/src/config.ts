/** Environment variables of the rooms subgraph, beyond those of every subgraph. */
import { booleanVariable, integerVariable, listVariable } from '@chat/kit/config';
import { subgraphVariables } from '@chat/kit/graphql/runtime';
import { z } from 'zod';

export const roomsVariables = {
  ...subgraphVariables,
  EVENT_RETENTION_DAYS: integerVariable(1, 3650)
    .default(30)
    .describe('retention of events, days: subscriptions resume within this time; messages are not affected'),
  STUN_URLS: listVariable()
    .default([])
    .describe('STUN servers for voice in rooms, separated by commas, such as stun:turn.example.org:3478'),
  TURN_URLS: listVariable()
    .default([])
    .describe('TURN servers for voice in rooms, separated by commas, such as turn:turn.example.org:3478?transport=udp'),
  TURN_SECRET: z
    .string()
    .min(16)
    .optional()
    .describe("the TURN servers' shared secret (coturn: use-auth-secret, static-auth-secret); required with TURN_URLS"),
  TURN_TTL_SECONDS: integerVariable(60, 86_400).default(3600).describe('lifetime of TURN credentials, seconds'),
  FILES_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('URL under which this process reaches the gateway, to read uploaded models; by default PUBLIC_URL'),
  MODEL_MAX_BYTES: integerVariable(1024, 536_870_912)
    .default(33_554_432)
    .describe('maximum size of an uploaded avatar model, bytes'),
  MODEL_MAX_TRIANGLES: integerVariable(1, 100_000_000)
    .default(200_000)
    .describe('maximum number of triangles of an avatar model'),
  CHROMIUM_COMMAND: z
    .string()
    .optional()
    .describe('path of the program chromium, which draws thumbnails of avatars; avatars have none without it'),
  CHROMIUM_SANDBOX: booleanVariable()
    .default(true)
    .describe('sandbox of chromium; false only if this process runs as root or in a container without user namespaces'),
  THUMBNAIL_SECONDS: integerVariable(1, 600).default(30).describe('time limit for drawing one thumbnail, seconds'),
  THUMBNAIL_MEMORY_MB: integerVariable(128, 65_536)
    .default(1024)
    .describe('memory of the chromium that draws one thumbnail, megabytes; a model that needs more gets none'),
};

export type RoomsConfig = z.output<z.ZodObject<typeof roomsVariables>>;

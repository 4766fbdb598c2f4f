/** Environment variables of the voice process. */
import { join } from 'node:path';
import { integerVariable, listVariable, loadConfig } from '@chat/kit/config';
import { redisUrlIn } from '@chat/kit/embedded/redis';
import { subgraphVariables } from '@chat/kit/graphql/runtime';
import { z } from 'zod';

const { REDIS_URL, REDIS_PREFIX, LOG_LEVEL } = subgraphVariables;

export const voiceVariables = {
  REDIS_URL,
  REDIS_PREFIX,
  LOG_LEVEL,
  STUN_URLS: listVariable()
    .default([])
    .describe('STUN servers, separated by commas, by which this process finds its public address'),
  VOICE_BIND_ADDRESS: z
    .union([z.ipv4(), z.ipv6()])
    .optional()
    .describe('address for the media of the voice process; by default all addresses of the machine'),
  VOICE_PUBLIC_ADDRESS: z
    .ipv4()
    .optional()
    .describe('public IPv4 address that is translated to the voice process; required behind NAT without STUN'),
  VOICE_PORT_MIN: integerVariable(1024, 65_535)
    .default(40_000)
    .describe('first UDP port for media; a voice process takes one of the range'),
  VOICE_PORT_MAX: integerVariable(1024, 65_535).default(49_999).describe('last UDP port for media'),
  VOICE_SPEAKERS: integerVariable(1, 8).default(4).describe('number of speakers that a person hears at the same time'),
  VOICE_EARSHOT_METRES: integerVariable(1, 1000).default(25).describe('distance within which voices are heard, metres'),
};

export type VoiceConfig = z.output<z.ZodObject<typeof voiceVariables>>;

/** @throws ConfigError with all problems */
export const voiceConfig = (env?: NodeJS.ProcessEnv): VoiceConfig => loadConfig(z.object(voiceVariables), env);

/** As {@link voiceConfig}. Without REDIS_URL, over the Redis that `npm start` has started below DATA_DIR. */
export async function installedVoiceConfig(env: NodeJS.ProcessEnv = process.env): Promise<VoiceConfig> {
  const REDIS_URL = env.REDIS_URL ?? (await redisUrlIn(join(env.DATA_DIR ?? './data', 'redis')));
  return voiceConfig({ ...env, REDIS_URL });
}

/** Environment variables of malware scanning. */
import { booleanVariable, integerVariable } from '@chat/kit/config';
import { z } from 'zod';

export const scanningVariables = {
  SCANNING: booleanVariable()
    .optional()
    .describe('scan files for malware; on by default if CLAMD_HOST or CLAMD_SOCKET is set'),
  CLAMD_HOST: z.string().optional().describe('host of the ClamAV daemon (TCPSocket and TCPAddr in clamd.conf)'),
  CLAMD_PORT: integerVariable(1, 65_535).default(3310).describe('TCP port of the ClamAV daemon'),
  CLAMD_SOCKET: z.string().optional().describe('path of the socket of the ClamAV daemon, instead of host and port'),
  CLAMD_TIMEOUT_SECONDS: integerVariable(1, 3600)
    .default(180)
    .describe('time limit for the answer about one file after its last byte, seconds; above MaxScanTime in clamd.conf'),
  SCAN_RETRY_SECONDS: integerVariable(1, 3600)
    .default(10)
    .describe('pause before the next attempt while the ClamAV daemon is unavailable, seconds'),
  SCAN_AGAIN_DAYS: integerVariable(0, 3650)
    .default(7)
    .describe(
      'age at which the scan of a file is repeated although the signatures have the same version, days; 0 is never',
    ),
};

export type ScanningConfig = z.output<z.ZodObject<typeof scanningVariables>>;

/** Chooses the scanner of this installation from its settings, and reports once if files are not scanned. */
import type { Logger } from '@chat/kit/logging';
import { StartupError } from '@chat/kit/process/startup-error';
import { ClamdScanner } from './clamd-scanner';
import { noScanner, type FileScanner } from './file-scanner';
import type { ScanningConfig } from './scanning.variables';

/** @throws StartupError if scanning is on without a daemon */
export function createScanner(config: ScanningConfig, log: Logger): FileScanner {
  const { CLAMD_HOST: host, CLAMD_PORT: port, CLAMD_SOCKET: socket } = config;
  const isConfigured = host !== undefined || socket !== undefined;
  if (config.SCANNING && !isConfigured)
    throw new StartupError('SCANNING is on: set CLAMD_HOST or CLAMD_SOCKET as well.');
  if (!(config.SCANNING ?? isConfigured)) {
    log.warn('files are not scanned for malware: set CLAMD_HOST or CLAMD_SOCKET to scan them with ClamAV');
    return noScanner;
  }
  return new ClamdScanner({ host, port, socket, answerMs: config.CLAMD_TIMEOUT_SECONDS * 1000, log });
}

/** The interface of malware scanners, and the scanner of an installation that has none. Holds no protocol; see clamd-scanner.ts. */
import type { Readable } from 'node:stream';

/** A scanner's opinion of one file. */
export type ScanVerdict =
  /** Scanned in full; no signature matched. */
  | 'CLEAN'
  | 'INFECTED'
  /** Not scanned in full, because the file exceeds a limit of the scanner or is encrypted. Never treated as clean. */
  | 'NOT_SCANNED'
  /** Scanning is off in this installation. */
  | 'OFF';

export interface ScanResult {
  verdict: ScanVerdict;
  /** The signature that matched, or the limit that was exceeded. */
  signature: string | null;
}

export interface ScanContent {
  /** Opens the content from its start. May be called again for a second attempt. */
  open: () => Readable;
  /** Bytes. */
  size: number;
  /** Whether the content is of a type that never holds other files, such as plain text. Asked only if it matters. */
  isLeaf?: () => Promise<boolean>;
}

export interface FileScanner {
  readonly isOn: boolean;
  /** Identifies engine and signatures: an equal text means an equal verdict. @throws ScannerUnavailableError */
  version(signal?: AbortSignal): Promise<string>;
  /** @throws ScannerUnavailableError if there is no verdict. */
  scan(content: ScanContent, signal?: AbortSignal): Promise<ScanResult>;
}

/** No verdict, for a reason that has nothing to do with the file: the scan must be repeated later. */
export class ScannerUnavailableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ScannerUnavailableError';
  }
}

/** Passes every file with the verdict OFF. */
export const noScanner: FileScanner = {
  isOn: false,
  version: async () => 'off',
  scan: async () => ({ verdict: 'OFF', signature: null }),
};

/** Scans the bytes of one file. Knows the verdicts of clients, and changes no row. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { ScanVerdict } from '../files/file.entity';
import type { FileScanner, ScanVerdict as ScannerVerdict } from '../scanning/file-scanner';
import { isPlainText } from './leaf-types';

export interface FileScanResult {
  verdict: ScanVerdict;
  signature: string | null;
  /** The engine and signatures that were used. */
  engine: string;
  scannedAt: Date | null;
}

const VERDICTS: Record<ScannerVerdict, ScanVerdict> = {
  CLEAN: ScanVerdict.CLEAN,
  INFECTED: ScanVerdict.INFECTED,
  NOT_SCANNED: ScanVerdict.NOT_SCANNED,
  OFF: ScanVerdict.DISABLED,
};

/** The verdicts with which a file can be downloaded. */
export const isPassed = (verdict: ScanVerdict): boolean =>
  verdict === ScanVerdict.CLEAN || verdict === ScanVerdict.DISABLED;

/** @throws ScannerUnavailableError */
export async function scanFile(scanner: FileScanner, path: string, signal?: AbortSignal): Promise<FileScanResult> {
  // Asked first: signatures that arrive during the scan count as new.
  const engine = await scanner.version(signal);
  const { size } = await stat(path);
  const content = { open: () => createReadStream(path), size, isLeaf: () => isPlainText(path) };
  const { verdict, signature } = await scanner.scan(content, signal);
  return { verdict: VERDICTS[verdict], signature, engine, scannedAt: scanner.isOn ? new Date() : null };
}

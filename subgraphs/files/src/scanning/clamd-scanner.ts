/**
 * Scans files with ClamAV. Every answer but a plain "OK" or "FOUND" is no verdict, and "OK" counts only if clamd reports exceeded limits.
 *
 * clamd answers "OK" about a file of which it has scanned only a part, unless clamd.conf has `AlertExceedsMax yes`. The scanner therefore
 * sends a probe that exceeds the recursion limit. If the probe is "OK" too, only small files that hold no other files can be clean.
 */
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import type { Logger } from '@chat/kit/logging';
import { BrokenStreamError, clamdCommand, clamdStream, type ClamdAddress } from './clamd.connection';
import { ScannerUnavailableError, type FileScanner, type ScanContent, type ScanResult } from './file-scanner';

export interface ClamdOptions extends ClamdAddress {
  /** Limit for the answer about a file after its last byte, in milliseconds. */
  answerMs: number;
  log: Logger;
}

/** Layers of compression in the probe. clamd counts each of them about half, and MaxRecursion is 100 at most. */
const PROBE_LAYERS = 256;
/** The probe is repeated after this time, as clamd may have been restarted with other settings, in milliseconds. */
const PROBE_EVERY_MS = 60_000;
/** Larger files can exceed MaxFileSize unnoticed if clamd does not report it, in bytes. */
const MAX_UNREPORTED = 1 << 20;
/** Names of alerts that are no signatures: clamd has not looked at the whole content. */
const NOT_SCANNED = /^Heuristics\.(Limits\.Exceeded|Encrypted)/;

export class ClamdScanner implements FileScanner {
  readonly isOn = true;
  private probe: { at: number; reportsLimits: Promise<boolean> } | undefined;

  constructor(private readonly options: ClamdOptions) {}

  async version(signal?: AbortSignal): Promise<string> {
    const answer = await clamdCommand(this.options, 'VERSION', signal);
    if (!answer.startsWith('ClamAV '))
      throw new ScannerUnavailableError(`ClamAV answers "${answer}" about its version.`);
    return answer;
  }

  async scan(content: ScanContent, signal?: AbortSignal): Promise<ScanResult> {
    const result = verdictOf(await this.answerAbout(content, signal));
    if (result.verdict !== 'CLEAN' || (await this.reportsLimits(signal))) return result;
    const isWithinLimits = content.size <= MAX_UNREPORTED && ((await content.isLeaf?.()) ?? false);
    return isWithinLimits ? result : { verdict: 'NOT_SCANNED', signature: 'AlertExceedsMax is off' };
  }

  /** A second broken connection while clamd answers other commands is due to the file: it exceeds StreamMaxLength. */
  private async answerAbout(content: ScanContent, signal?: AbortSignal): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      const stream = content.open();
      try {
        return await clamdStream(this.options, stream, this.options.answerMs, signal);
      } catch (error) {
        if (!(error instanceof BrokenStreamError)) throw error;
        await this.version(signal);
        if (attempt === 2) return 'INSTREAM size limit exceeded. ERROR';
      } finally {
        stream.destroy();
      }
    }
  }

  private reportsLimits(signal?: AbortSignal): Promise<boolean> {
    const now = performance.now();
    if (this.probe && now - this.probe.at < PROBE_EVERY_MS) return this.probe.reportsLimits;
    const reportsLimits = this.sendProbe(signal);
    this.probe = { at: now, reportsLimits };
    reportsLimits.catch(() => (this.probe = undefined));
    return reportsLimits;
  }

  private async sendProbe(signal?: AbortSignal): Promise<boolean> {
    const answer = await clamdStream(this.options, Readable.from([probeContent()]), this.options.answerMs, signal);
    const { verdict } = verdictOf(answer);
    if (verdict !== 'NOT_SCANNED')
      this.options.log.error(
        'ClamAV does not report exceeded limits: set "AlertExceedsMax yes" in clamd.conf. Files that it may have scanned in part are rejected meanwhile.',
      );
    return verdict === 'NOT_SCANNED';
  }
}

/** @throws ScannerUnavailableError for everything that is no verdict */
export function verdictOf(answer: string): ScanResult {
  if (answer === 'stream: OK') return { verdict: 'CLEAN', signature: null };
  const [, found] = /^stream: (.+) FOUND$/.exec(answer) ?? [];
  if (found !== undefined) return { verdict: NOT_SCANNED.test(found) ? 'NOT_SCANNED' : 'INFECTED', signature: found };
  if (/size limit exceeded/i.test(answer)) return { verdict: 'NOT_SCANNED', signature: 'StreamMaxLength' };
  throw new ScannerUnavailableError(`ClamAV answers "${answer.slice(0, 200)}".`);
}

function probeContent(): Buffer {
  let content: Buffer = Buffer.from('probe');
  for (let layer = 0; layer < PROBE_LAYERS; layer++) content = gzipSync(content, { level: 0 });
  return content;
}

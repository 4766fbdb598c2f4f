/** The events of one file. A payload holds the state at the time of the event. */
import { defineStream, payload, type EventsOf } from '@chat/kit/events/stream-kind';
import type { FileStatus, ScanVerdict } from './file.entity';

export const fileStream = defineStream('file', {
  FileStatusChanged: payload<{
    id: string;
    status: FileStatus;
    verdict: ScanVerdict | null;
    signature: string | null;
    scannedAt: string | null;
  }>(),
});

export type FileEvents = EventsOf<typeof fileStream>;

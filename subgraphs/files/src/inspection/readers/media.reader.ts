/** Reads length and tags of audio and video. Decodes nothing. ExifTool gives the length of videos that this reader does not know. */
import type { Reading, ReadingTask } from '../inspection';

export async function readMedia({ input }: ReadingTask): Promise<Reading> {
  const { parseFile, UnsupportedFileTypeError } = await import('music-metadata');
  try {
    const { format, common } = await parseFile(input, { duration: true, skipCovers: true });
    return {
      metadata: {
        durationSeconds: format.duration === undefined ? undefined : Math.round(format.duration * 1000) / 1000,
        codec: format.codec,
        container: format.container,
        bitrate: format.bitrate === undefined ? undefined : Math.round(format.bitrate),
        sampleRate: format.sampleRate,
        channels: format.numberOfChannels,
        title: common.title,
        artist: common.artist,
        album: common.album,
      },
    };
  } catch (error) {
    if (error instanceof UnsupportedFileTypeError) return {};
    return { metadata: { problem: 'The file is damaged.' } };
  }
}

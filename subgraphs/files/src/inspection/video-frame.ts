/** Takes a frame of a video with ffmpeg, if this machine has it. Ships no program. */
import { join } from 'node:path';
import { LimitedProcessError, runLimited, type ProcessLimits } from './limited-process';

/** The frame comes from this part of the video, as many begin with a black one. */
const PART = 0.1;
/** And from this time at the latest, in seconds. */
const LATEST = 10;
/** Playlists and lists of files are left out: they name other files and addresses. */
const FORMATS =
  'mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,flv,mpegts,mpeg,mpegvideo,h264,hevc,ogg,asf,m4v,rm,mxf,dv,ivf,nut';

export interface FrameTask {
  command: string;
  input: string;
  output: string;
  durationSeconds: number | undefined;
  maxPixels: number;
  /** The longer side of the frame, in pixels. */
  size: number;
  limits: ProcessLimits;
  signal?: AbortSignal;
}

/** ffmpeg is not installed. */
export class NoFfmpeg extends Error {}

/** @returns the path of a PNG; undefined if the video has no frame or exceeds a limit @throws NoFfmpeg */
export async function takeFrame(task: FrameTask): Promise<string | undefined> {
  const { command, input, output, durationSeconds = 0, maxPixels, size, limits, signal } = task;
  const path = join(output, 'frame.png');
  const box = `scale=w='min(${size},iw)':h='min(${size},ih)':force_original_aspect_ratio=decrease`;
  const args = [
    ['-nostdin', '-v', 'error', '-threads', '1', '-max_pixels', String(maxPixels)],
    ['-protocol_whitelist', 'file', '-format_whitelist', FORMATS],
    ['-ss', String(Math.min(durationSeconds * PART, LATEST)), '-i', `file:${input}`],
    ['-an', '-sn', '-dn', '-frames:v', '1', '-vf', box, '-threads', '1', '-y', `file:${path}`],
  ].flat();
  try {
    await runLimited({ command, args, cwd: output, limits, signal });
    return path;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof LimitedProcessError && error.exitCode === 127) throw new NoFfmpeg(command);
    return undefined;
  }
}

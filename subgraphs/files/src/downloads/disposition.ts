/** How a browser may show a download: which types open in place, and the file name in the header. */

/** Types that a browser shows without running anything in them, if the inspection finds the content safe. */
const SHOWN = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'application/pdf']);

/** Types that a browser plays. */
const PLAYED = new Set([
  'audio/aac',
  'audio/flac',
  'audio/mp4',
  'audio/mpeg',
  'audio/ogg',
  'audio/wav',
  'audio/webm',
  'audio/x-flac',
  'audio/x-m4a',
  'video/mp4',
  'video/ogg',
  'video/quicktime',
  'video/webm',
]);

/** Device names of Windows, with any extension. */
const RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;

/** A value of Content-Disposition (RFC 6266). The name is ASCII for old clients and complete in UTF-8. */
export function contentDisposition(type: string, name: string, isSafe: boolean): string {
  const essence = type.split(';')[0]!.trim();
  const kind = (isSafe && SHOWN.has(essence)) || PLAYED.has(essence) ? 'inline' : 'attachment';
  const usable = fileNameForDisk(name);
  const ascii = usable
    .normalize('NFKD')
    .replace(/[^ -~]/g, '_')
    .replace(/["\\%]/g, '_');
  const encoded = encodeURIComponent(usable).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

/** A name that every file system can store: Windows has reserved names and characters, and drops dots and spaces at the end. */
function fileNameForDisk(name: string): string {
  const clean = name.replace(/[<>:"/\\|?*\p{Cc}]/gu, '_');
  let end = clean.length;
  while (end > 0 && '. '.includes(clean[end - 1]!)) end--;
  return forWindows(clean.slice(0, end) + '_'.repeat(clean.length - end));
}

function forWindows(clean: string): string {
  return RESERVED.test(clean) ? `_${clean}` : clean;
}

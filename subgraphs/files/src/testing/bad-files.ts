/** Files that attack their readers, and ordinary ones beside them. Made on the spot, so that no scanner objects to this repository. */
import sharp from 'sharp';
import { crc32, deflateRawSync, deflateSync } from 'node:zlib';

export interface ZipMember {
  name: string;
  content: Buffer;
  /** Stored as it is; default is deflated. */
  isStored?: boolean;
  isEncrypted?: boolean;
}

/** A ZIP file by the specification (APPNOTE 4.3), small enough to write down. */
export function zip(members: readonly ZipMember[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, isStored = false, isEncrypted = false } of members) {
    const data = isStored ? content : deflateRawSync(content, { level: 9 });
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(isEncrypted ? 1 : 0, 2);
    common.writeUInt16LE(isStored ? 0 : 8, 4);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), data]);
    const central = Buffer.alloc(14);
    central.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\0', 'latin1'), common, central, Buffer.from(name)]));
    locals.push(local);
    offset += local.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(members.length, 4);
  end.writeUInt16LE(members.length, 6);
  end.writeUInt32LE(size, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, ...directory, Buffer.from('PK\x05\x06'), end]);
}

/** A Word document with this XML as its body. */
export const docx = (body: string): Buffer =>
  zip([
    {
      name: '[Content_Types].xml',
      content: Buffer.from(
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
      ),
    },
    { name: 'word/document.xml', content: Buffer.from(body) },
  ]);

export const word = (text: string): Buffer =>
  docx(`<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>${text}</w:t></w:r></w:p></w:body></w:document>`);

export interface PdfOptions {
  /** The pages' content streams. */
  pages?: string[];
  /** Added to the catalogue. */
  catalogue?: string;
  /** Replaces the reference to the first page's parent, as in a cycle. */
  kids?: string;
  trailer?: string;
  /** The filter and bytes of the first content stream, instead of its text. */
  stream?: { filter: string; data: Buffer };
}

/** A PDF without a cross-reference table, which readers rebuild. */
export function pdf(options: PdfOptions = {}): Buffer {
  const { pages = ['BT /F1 12 Tf 20 100 Td (Hello) Tj ET'], catalogue = '', trailer = '', stream } = options;
  const numbers = pages.map((_, index) => 10 + index * 2);
  const kids = options.kids ?? numbers.map((number) => `${number} 0 R`).join(' ');
  const parts: (string | Buffer)[] = [
    '%PDF-1.7\n',
    `1 0 obj <</Type/Catalog/Pages 2 0 R ${catalogue}>> endobj\n`,
    `2 0 obj <</Type/Pages/Kids[${kids}]/Count ${pages.length}>> endobj\n`,
    '3 0 obj <</Type/Font/Subtype/Type1/BaseFont/Helvetica>> endobj\n',
  ];
  for (const [index, content] of pages.entries()) {
    const number = numbers[index]!;
    const { filter, data } = (index === 0 && stream) || { filter: '', data: Buffer.from(content) };
    parts.push(
      `${number} 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents ${number + 1} 0 R/Resources<</Font<</F1 3 0 R>>>>>> endobj\n`,
      `${number + 1} 0 obj <</Length ${data.length}${filter}>> stream\n`,
      data,
      '\nendstream endobj\n',
    );
  }
  parts.push(`trailer <</Root 1 0 R ${trailer}>>\n%%EOF`);
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

/** Zeros, deflated so often: about a thousandth of their size each time. */
export const bombStream = (bytes: number): Buffer => deflateSync(Buffer.alloc(bytes, ' '), { level: 9 });

/** A PNG that claims this size: its pixels are few bytes, as they are all the same. */
export function pixelBomb(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1; // one bit a pixel, grey
  const row = Math.ceil(width / 8) + 1;
  const pixels = deflateSync(Buffer.alloc(Math.min(row * height, 64 << 20)), { level: 9 });
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const picture = (width = 400, height = 300) => sharp({ create: { width, height, channels: 3, background: '#4080c0' } });

export const jpeg = (width?: number, height?: number): Promise<Buffer> => picture(width, height).jpeg().toBuffer();
export const png = (width?: number, height?: number): Promise<Buffer> => picture(width, height).png().toBuffer();
export const gif = (): Promise<Buffer> => picture(20, 20).gif().toBuffer();

/** A photo with a place, a camera and a turned orientation. */
export const photo = (format: 'jpeg' | 'png' | 'webp' | 'avif' = 'jpeg'): Promise<Buffer> =>
  picture(400, 300)
    .toFormat(format)
    .withExif({
      IFD0: { Make: 'Camera Works', Model: 'One', Artist: 'Ada' },
      IFD2: { DateTimeOriginal: '2024:05:06 07:08:09' },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '52/1 31/1 0/1', GPSLongitudeRef: 'E', GPSLongitude: '13/1 24/1 0/1' },
    })
    .withMetadata({ orientation: 6 })
    .toBuffer();

/** A GIF that a script tag runs as well: the comment begins with its width. */
export const gifScript = (): Buffer =>
  Buffer.concat([
    Buffer.from('GIF89a/*', 'latin1'),
    Buffer.alloc(200, 0x20),
    Buffer.from('*/=1;alert(document.domain)//'),
  ]);

/** Silence of so many seconds. */
export function wav(seconds: number): Buffer {
  const rate = 8000;
  const data = Buffer.alloc(rate * seconds, 0x80);
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write('data', 36);
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}

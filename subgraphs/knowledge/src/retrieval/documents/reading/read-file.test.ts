/** Texts of files: each format, and files that are broken, encrypted, disguised or bombs. */
// cspell:words rels nstartxref Größe Über
import { deflateRawSync, deflateSync } from 'node:zlib';
import { readFileText } from './read-file';

const crcTable = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});
const crc32 = (bytes: Buffer) => {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 255]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
};

/** A ZIP archive. `declared` is the unpacked size that its directory names, if it lies. */
function zip(
  files: Record<string, Buffer | string>,
  { flags = 0, declared }: { flags?: number; declared?: number } = {},
) {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const data = Buffer.from(content);
    const packed = deflateRawSync(data);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(flags, 2);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(crc32(data), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(declared ?? data.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, Buffer.from(name), packed]);
    const central = Buffer.concat([
      Buffer.from('PK\x01\x02\x14\x00', 'latin1'),
      fields,
      Buffer.alloc(14),
      Buffer.from(name),
    ]);
    central.writeUInt32LE(offset, 42);
    bodies.push(local);
    directory.push(central);
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, ...directory, end]);
}

const docx = (paragraphs: string) => ({
  '[Content_Types].xml': `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`,
  '_rels/.rels': `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
  'word/document.xml': `<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>${paragraphs}</w:body></w:document>`,
});

const paragraph = (text: string, style?: string) =>
  `<w:p>${style ? `<w:pPr><w:pStyle w:val="${style}"/></w:pPr>` : ''}<w:r><w:t>${text}</w:t></w:r></w:p>`;

/** A PDF of one page. */
function pdf(content: Buffer, trailer = ''): Buffer {
  const stream = deflateSync(content);
  const objects: Buffer[] = [
    Buffer.from('<< /Type /Catalog /Pages 2 0 R >>'),
    Buffer.from('<< /Type /Pages /Kids [3 0 R] /Count 1 >>'),
    Buffer.from(
      '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>',
    ),
    Buffer.concat([
      Buffer.from(`<< /Length ${stream.length} /Filter /FlateDecode >>\nstream\n`),
      stream,
      Buffer.from('\nendstream'),
    ]),
    Buffer.from('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>'),
    Buffer.from(`<< /Filter /Standard /V 1 /R 2 /P -4 /O <${'00'.repeat(32)}> /U <${'00'.repeat(32)}> >>`),
  ];
  let body = Buffer.from('%PDF-1.4\n');
  const offsets: number[] = [];
  for (const [i, object] of objects.entries()) {
    offsets.push(body.length);
    body = Buffer.concat([body, Buffer.from(`${i + 1} 0 obj\n`), object, Buffer.from('\nendobj\n')]);
  }
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const end = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R ${trailer}>>\nstartxref\n${body.length}\n%%EOF`;
  return Buffer.concat([body, Buffer.from(end)]);
}

describe('the text of', () => {
  it('plain text and Markdown is the file itself', async () => {
    expect(await readFileText(Buffer.from('# Größe\n\nÜber 3 m.'))).toBe('# Größe\n\nÜber 3 m.');
    expect(await readFileText(Buffer.from('\ufeffBOM'))).toBe('BOM');
    expect(await readFileText(Buffer.from('\ufeffUTF-16', 'utf16le'))).toBe('UTF-16');
    expect(await readFileText(Buffer.alloc(0))).toBe('');
  });

  it('HTML has Markdown headings, and neither scripts nor styles', async () => {
    const html = `<!DOCTYPE html><html><head><style>p { color: red }</style><script>alert(1)</script></head>
      <body><h2>Crane &amp; hook</h2><p>It lifts <b>ninety</b> tonnes. <a href="https://example.org">More</a></p></body></html>`;
    const text = await readFileText(Buffer.from(html));
    expect(text).toContain('## Crane & hook\n\nIt lifts ninety tonnes. More');
    expect(text).not.toMatch(/alert|color|example/);
  });

  it('DOCX has headings and paragraphs', async () => {
    const body = paragraph('Crane', 'Heading1') + paragraph('It lifts ninety tonnes.');
    expect(await readFileText(zip(docx(body)))).toContain('# Crane\n\nIt lifts ninety tonnes.');
  });

  it('PDF is the text of its pages', async () => {
    const text = await readFileText(pdf(Buffer.from('BT /F 12 Tf 20 200 Td (It lifts ninety tonnes.) Tj ET')));
    expect(text.trim()).toBe('It lifts ninety tonnes.');
  });
});

describe('refused with a reason:', () => {
  const TEXT = Buffer.from('BT /F 12 Tf 20 200 Td (Text) Tj ET');
  const files: [string, Buffer, RegExp][] = [
    ['binary data', Buffer.from([0, 1, 2, 255, 254, 3]), /neither PDF, DOCX/],
    ['a PDF that is none', Buffer.from('%PDF-1.7 but no more'), /damaged/],
    ['a PDF without text', pdf(Buffer.from('0 0 m 10 10 l S')), /has no text/],
    ['an encrypted PDF', pdf(TEXT, '/Encrypt 6 0 R /ID [<00> <00>] '), /encrypted/],
    ['a cut archive', zip(docx(paragraph('Text'))).subarray(0, 200), /damaged/],
    ['an encrypted archive', zip(docx(paragraph('Text')), { flags: 1 }), /encrypted/],
    ['an archive that is no DOCX', zip({ 'readme.txt': 'Text' }), /no DOCX/],
    ['a DOCX with broken XML', zip({ ...docx(''), 'word/document.xml': '<w:document' }), /damaged/],
    ['an old Word file', Buffer.from('d0cf11e0a1b11ae1', 'hex'), /old format/],
    ['an archive that lies about its sizes', zip(docx(paragraph('x'.repeat(50_000))), { declared: 10 }), /damaged/],
    ['an archive bomb', zip({ ...docx(''), 'word/media/a': Buffer.alloc(210 << 20) }), /too large/],
  ];
  it.each(files)('%s', async (_, bytes, reason) => {
    await expect(readFileText(bytes)).rejects.toThrow(reason);
  });

  it('a file that takes too long, and the thread ends', async () => {
    await expect(readFileText(pdf(TEXT), { timeoutMs: 1 })).rejects.toThrow('too long');
  });

  it('a file that needs too much memory', async () => {
    const bomb = pdf(Buffer.concat([TEXT, Buffer.alloc(200 << 20, ' ')]));
    await expect(readFileText(bomb, { memoryBytes: 50 << 20 })).rejects.toThrow('too much memory');
  });
});

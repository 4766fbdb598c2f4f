/** Facts of ordinary files, and the cost of files that attack their readers. */
import { loadConfig } from '@chat/kit/config';
import { fetchDebianPackages } from '@chat/kit/embedded/debian-packages';
import { compileSources, SOURCE_FLAGS } from '@chat/kit/process/run-sources';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { z } from 'zod';
import * as files from '../testing/bad-files';
import type { DerivativeKind, Inspection } from './inspection';
import { inspectionVariables } from './inspection.variables';
import { Inspector } from './inspector';
import { readPhotoFacts } from './photo-facts';

let dir: string;
let made = 0;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'chat-inspection-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const warnings: string[] = [];
const log = { warn: (_facts: object, message: string) => void warnings.push(message) };

const inspectorWith = (env: Record<string, string> = {}) =>
  new Inspector(loadConfig(z.object(inspectionVariables), env), log as never);

async function inspect(content: Buffer | string, env?: Record<string, string>): Promise<Inspection> {
  const folder = join(dir, String(made++));
  await mkdir(join(folder, 'output'), { recursive: true });
  await writeFile(join(folder, 'input'), content);
  return inspectorWith(env).inspect(join(folder, 'input'), join(folder, 'output'));
}

const derived = ({ derivatives }: Inspection, kind: DerivativeKind) =>
  derivatives.find((derivative) => derivative.kind === kind);

async function textOf(inspection: Inspection): Promise<string | undefined> {
  const text = derived(inspection, 'TEXT');
  return text && (await readFile(text.path, 'utf8'));
}

describe('types come from the content', () => {
  it.each<[string, Buffer | string, string]>([
    ['text', 'Just words.\n', 'text/plain'],
    ['text in Latin-1', Buffer.from('Gr\xfc\xdfe', 'latin1'), 'text/plain'],
    ['text in UTF-16', Buffer.from('\ufeffGrüße', 'utf16le'), 'text/plain'],
    ['JSON', '{"a": [1]}', 'application/json'],
    ['something like JSON', '{"a": [1', 'text/plain'],
    ['HTML', '<!doctype html><p>Hi', 'text/html'],
    ['HTML behind white space', ' \n\t<SCRIPT>alert(1)</SCRIPT>', 'text/html'],
    ['HTML behind a mark of the byte order', '\ufeff<html>', 'text/html'],
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', 'image/svg+xml'],
    ['SVG with a prologue', '<?xml version="1.0"?><!-- x --><svg/>', 'image/svg+xml'],
    ['XML', '<?xml version="1.0"?><a/>', 'application/xml'],
    ['XHTML', '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>', 'application/xhtml+xml'],
    ['noise', Buffer.from([0, 1, 2, 3, 250, 251, 0, 9]), 'application/octet-stream'],
    ['nothing', '', 'text/plain'],
  ])('%s', async (_, content, mimeType) => {
    const inspection = await inspect(content);
    expect(inspection).toMatchObject({ mimeType, isInlineSafe: false, location: 'NONE' });
    expect(inspection.metadata).not.toHaveProperty('problem');
  });
});

describe('images', () => {
  it('have a size, a thumbnail and a preview', async () => {
    const inspection = await inspect(await files.jpeg(2000, 1000));
    expect(inspection).toMatchObject({
      mimeType: 'image/jpeg',
      isInlineSafe: true,
      metadata: { width: 2000, height: 1000, format: 'jpeg' },
    });
    expect(derived(inspection, 'THUMBNAIL')).toMatchObject({ mimeType: 'image/webp', width: 320, height: 160 });
    expect(derived(inspection, 'PREVIEW')).toMatchObject({ width: 1600, height: 800 });
    expect(await sharp(derived(inspection, 'THUMBNAIL')!.path).metadata()).toMatchObject({
      format: 'webp',
      width: 320,
    });
  });

  it.each(['jpeg', 'png', 'webp', 'avif'] as const)(
    'lose the place of a photo (%s), and nobody reads it',
    async (format) => {
      const original = await files.photo(format);
      const inspection = await inspect(original);
      expect(inspection).toMatchObject({
        location: 'REMOVED',
        metadata: { cameraMake: 'Camera Works', cameraModel: 'One', width: 300, height: 400 },
      });
      expect(JSON.stringify(inspection.metadata)).not.toMatch(/52\.|13\.4|GPS|location/i);
      const { path } = derived(inspection, 'SHARED')!;
      const task = { input: path, output: dir, limits: { memoryBytes: 1 << 30, seconds: 60, fileBytes: 1 << 30 } };
      expect(await readPhotoFacts(task)).toMatchObject({ hasLocation: false });
      // The thumbnail is as free of it.
      expect((await sharp(derived(inspection, 'THUMBNAIL')!.path).metadata()).exif).toBeUndefined();
      // The pixels and the orientation stay.
      const [before, after] = await Promise.all(
        [original, await readFile(path)].map((image) => sharp(image).autoOrient().raw().toBuffer()),
      );
      expect(after!.equals(before!)).toBe(true);
      expect((await sharp(path).metadata()).autoOrient).toEqual({ width: 300, height: 400 });
    },
  );

  it('without a place have no copy', async () => {
    const inspection = await inspect(await files.jpeg());
    expect(inspection.location).toBe('NONE');
    expect(derived(inspection, 'SHARED')).toBeUndefined();
  });

  it('that are damaged have no thumbnail and are not shown', async () => {
    const whole = await files.png(500, 500);
    const inspection = await inspect(whole.subarray(0, whole.length / 2));
    expect(inspection).toMatchObject({
      mimeType: 'image/png',
      isInlineSafe: false,
      metadata: { problem: expect.any(String) },
    });
    expect(derived(inspection, 'THUMBNAIL')).toBeUndefined();
  });

  it('that are bombs of pixels have none either', async () => {
    const inspection = await inspect(files.pixelBomb(100_000, 100_000));
    expect(inspection).toMatchObject({
      mimeType: 'image/png',
      isInlineSafe: false,
      metadata: { problem: expect.stringMatching(/pixels/) },
      derivatives: [],
    });
  });
});

describe('files of two kinds are not shown', () => {
  it.each<[string, () => Promise<Buffer> | Buffer, string]>([
    ['GIF and JavaScript', () => files.gifScript(), 'image/gif'],
    [
      'GIF with HTML behind',
      async () => Buffer.concat([await files.gif(), Buffer.from('<script>alert(1)</script>')]),
      'image/gif',
    ],
    [
      'JPEG with a ZIP behind',
      async () => Buffer.concat([await files.jpeg(), files.zip([{ name: 'a', content: Buffer.from('b') }])]),
      'image/jpeg',
    ],
    [
      'PNG with PHP behind',
      async () => Buffer.concat([await files.png(), Buffer.from('<?php system(1); ?>')]),
      'image/png',
    ],
    ['PDF with HTML', () => Buffer.concat([files.pdf(), Buffer.from('<script>1</script>')]), 'application/pdf'],
    [
      'PDF with a ZIP behind',
      () => Buffer.concat([files.pdf(), files.zip([{ name: 'a', content: Buffer.from('b') }])]),
      'application/pdf',
    ],
  ])('%s', async (_, content, mimeType) => {
    expect(await inspect(await content())).toMatchObject({ mimeType, isInlineSafe: false });
  });

  it('whereas each alone is shown', async () => {
    for (const content of [await files.gif(), await files.jpeg(), await files.png(), files.pdf()])
      expect(await inspect(content)).toMatchObject({ isInlineSafe: true });
  });
});

describe('PDF files', () => {
  it('have pages and text', async () => {
    const page = (text: string) => `BT /F1 12 Tf 20 100 Td (${text}) Tj ET`;
    const inspection = await inspect(files.pdf({ pages: [page('First page'), page('Second page')] }));
    expect(inspection).toMatchObject({ mimeType: 'application/pdf', isInlineSafe: true, metadata: { pages: 2 } });
    expect(await textOf(inspection)).toMatch(/First page\s+Second page/);
  });

  it('have pictures of their first page', async () => {
    const page = '1 0 0 rg 0 0 100 200 re f BT /F1 12 Tf 120 100 Td (First) Tj ET';
    const inspection = await inspect(files.pdf({ pages: [page, '0 0 1 rg 0 0 200 200 re f'] }));
    const thumbnail = derived(inspection, 'THUMBNAIL');
    expect(thumbnail).toMatchObject({ mimeType: 'image/webp', width: 320, height: 320 });
    expect(derived(inspection, 'PREVIEW')).toMatchObject({ width: 1600, height: 1600 });
    const colour = (left: number) =>
      sharp(thumbnail!.path).extract({ left, top: 300, width: 1, height: 1 }).raw().toBuffer();
    const [red, white] = [[...(await colour(40))], [...(await colour(280))]];
    expect(red[0]).toBeGreaterThan(240);
    expect(Math.max(red[1]!, red[2]!)).toBeLessThan(30);
    expect(Math.min(...white)).toBeGreaterThan(240);
  });

  it.each<[string, Parameters<typeof files.pdf>[0]]>([
    ['runs a script', { catalogue: '/OpenAction <</S/JavaScript/JS(app.alert\\(1\\))>>' }],
    ['starts a program', { catalogue: '/OpenAction <</S/Launch/F(calc.exe)>>' }],
    [
      'carries a file',
      { catalogue: '/Names <</EmbeddedFiles <</Names [(a) <</Type/Filespec/F(a)/EF<</F 11 0 R>>>>]>>>>' },
    ],
  ])('that %s is not shown', async (_, options) => {
    expect(await inspect(files.pdf(options))).toMatchObject({ mimeType: 'application/pdf', isInlineSafe: false });
  });

  it.each<[string, () => Buffer]>([
    ['cut off', () => files.pdf().subarray(0, 60)],
    ['cyclic', () => files.pdf({ kids: '2 0 R 2 0 R' })],
    [
      'encrypted',
      () =>
        files.pdf({
          trailer: `/Encrypt <</Filter/Standard/V 2/R 3/Length 128/P -44/O<${'ab'.repeat(32)}>/U<${'cd'.repeat(32)}>>>/ID[<00><00>]`,
        }),
    ],
  ])('that is %s is not shown', async (_, content) => {
    const { mimeType, isInlineSafe } = await inspect(content());
    expect({ mimeType, isInlineSafe }).toEqual({ mimeType: 'application/pdf', isInlineSafe: false });
  });

  it('whose first page takes too long to draw keeps its facts, and has no picture', async () => {
    const page = `BT /F1 12 Tf 20 100 Td (Text) Tj ET [.001 .001] 0 d ${'0 0 m 200 200 l S '.repeat(10_000)}`;
    const inspection = await inspect(files.pdf({ pages: [page] }), { INSPECTION_SECONDS: '5' });
    expect(inspection).toMatchObject({ mimeType: 'application/pdf', isInlineSafe: true, metadata: { pages: 1 } });
    expect(await textOf(inspection)).toMatch(/Text/);
    expect(derived(inspection, 'PREVIEW')).toBeUndefined();
  });

  it('that is a bomb costs a process, and no more memory than it is given', async () => {
    const data = files.bombStream(1 << 30);
    const began = Date.now();
    const inspection = await inspect(files.pdf({ stream: { filter: '/Filter/FlateDecode', data } }), {
      INSPECTION_MEMORY_MB: '512',
      INSPECTION_SECONDS: '15',
    });
    expect(inspection.mimeType).toBe('application/pdf');
    expect(inspection.isInlineSafe).toBe(false);
    expect(Date.now() - began).toBeLessThan(60_000);
  });
});

describe('documents', () => {
  it.each<[string, () => Buffer, string, string]>([
    [
      'Word',
      () => files.word('Grüße &amp; Küsse'),
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      'Grüße & Küsse',
    ],
    [
      'HTML',
      () => Buffer.from('<!doctype html><title>T</title><style>a{}</style><p>One<p>Two<script>no</script>'),
      'text/html',
      'T\nOne\nTwo',
    ],
    ['text', () => Buffer.from('Grüße'), 'text/plain', 'Grüße'],
    ['text in Latin-1', () => Buffer.from('Gr\xfc\xdfe', 'latin1'), 'text/plain', 'Grüße'],
  ])('%s gives its text', async (_, content, mimeType, text) => {
    const inspection = await inspect(content());
    expect(inspection.mimeType).toBe(mimeType);
    expect(await textOf(inspection)).toBe(text);
  });

  it('are read up to a limit', async () => {
    expect(await textOf(await inspect('é'.repeat(5000), { DOCUMENT_MAX_CHARACTERS: '1000' }))).toBe('é'.repeat(1000));
  });

  it.each<[string, () => Buffer]>([
    ['a bomb of text', () => files.word('a'.repeat(300 << 20))],
    [
      'a bomb of entities',
      () =>
        files.docx(
          '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><w:document xmlns:w="w"><w:p><w:t>&c;</w:t></w:p></w:document>',
        ),
    ],
    ['a bomb of tags', () => files.docx('<w:p>'.repeat(5_000_000))],
  ])('that are %s cost a process at most', async (_, content) => {
    const inspection = await inspect(content(), { INSPECTION_MEMORY_MB: '512', INSPECTION_SECONDS: '20' });
    expect(inspection.mimeType).toMatch(/wordprocessingml/);
    expect((await textOf(inspection))?.length ?? 0).toBeLessThanOrEqual(1_000_000);
  });

  it('of ZIP files the directory is read, and nothing is unpacked', async () => {
    const bomb = files.zip(
      Array.from({ length: 20 }, (_, index) => ({ name: `${index}`, content: Buffer.alloc(20 << 20) })),
    );
    expect(await inspect(bomb)).toMatchObject({
      mimeType: 'application/zip',
      metadata: { entries: 20 },
      derivatives: [],
    });
    const secret = files.zip([{ name: 'a', content: Buffer.from('b'), isEncrypted: true }]);
    expect(await inspect(secret)).toMatchObject({ metadata: { isEncrypted: true } });
  });
});

describe('audio', () => {
  it('has a length', async () => {
    expect(await inspect(files.wav(3))).toMatchObject({ mimeType: 'audio/wav', metadata: { durationSeconds: 3 } });
  });

  it('that is cut off has a type at least', async () => {
    expect(await inspect(files.wav(3).subarray(0, 20))).toMatchObject({ mimeType: 'audio/wav', isInlineSafe: false });
  });
});

describe('video', () => {
  it('has a thumbnail if ffmpeg is installed', async () => {
    const tools = await fetchDebianPackages({ name: 'ffmpeg', packages: ['ffmpeg'], program: 'usr/bin/ffmpeg' });
    const command = join(dir, 'ffmpeg');
    const run = `LD_LIBRARY_PATH=${tools.libraryPath} exec ${tools.root}/usr/bin/ffmpeg`;
    await writeFile(command, `#!/bin/sh\n${run} "$@"\n`, { mode: 0o755 });
    const video = join(dir, 'video.mp4');
    // Black at first, then red: many videos begin black.
    const source = ['color=black:s=640x360:d=0.2', 'color=red:s=640x360:d=3'].flatMap((it) => [
      '-f',
      'lavfi',
      '-i',
      it,
    ]);
    const joined = ['-filter_complex', 'concat=n=2:v=1', '-pix_fmt', 'yuv420p', '-y', video];
    await promisify(execFile)(command, ['-v', 'error', ...source, ...joined]);
    const inspection = await inspect(await readFile(video), { FFMPEG_COMMAND: command });
    expect(inspection).toMatchObject({ mimeType: 'video/mp4', metadata: { durationSeconds: 3.2 } });
    const thumbnail = derived(inspection, 'THUMBNAIL')!;
    expect(thumbnail).toMatchObject({ mimeType: 'image/webp', width: 320, height: 180 });
    const [red, green] = await sharp(thumbnail.path).resize(1, 1).raw().toBuffer();
    expect([red! > 200, green! < 60]).toEqual([true, true]);

    const cut = (await readFile(video)).subarray(0, 300);
    expect(derived(await inspect(cut, { FFMPEG_COMMAND: command }), 'THUMBNAIL')).toBeUndefined();
    expect(warnings).toEqual([]);
    const missing = inspectorWith({ FFMPEG_COMMAND: join(dir, 'missing') });
    for (const folder of ['without-1', 'without-2']) {
      await mkdir(join(dir, folder));
      const { metadata, derivatives } = await missing.inspect(video, join(dir, folder));
      expect([metadata['durationSeconds'], derivatives]).toEqual([3.2, []]);
    }
    expect(warnings).toEqual([expect.stringMatching(/ffmpeg was not found/)]);
  }, 300_000);
});

describe('text in images', () => {
  const letters = (text: string, fontfile: string) =>
    sharp({ text: { text, font: 'DejaVu Sans 40', fontfile, dpi: 150, rgba: false } })
      .extend({ top: 40, bottom: 40, left: 40, right: 40, background: 'black' })
      .negate()
      .png()
      .toBuffer();

  it('is read in German and English if the operator wants it, and otherwise is not', async () => {
    const tools = await fetchDebianPackages({
      name: 'tesseract',
      packages: ['tesseract-ocr', 'tesseract-ocr-eng', 'tesseract-ocr-deu', 'fonts-dejavu-core'],
      program: 'usr/bin/tesseract',
    });
    const command = join(dir, 'tesseract');
    const variables = `LD_LIBRARY_PATH=${tools.libraryPath} TESSDATA_PREFIX=${tools.root}/usr/share/tesseract-ocr/5/tessdata`;
    await writeFile(command, `#!/bin/sh\n${variables} exec ${tools.root}/usr/bin/tesseract "$@"\n`, { mode: 0o755 });
    const image = await letters('Schöne Grüße', join(tools.root, 'usr/share/fonts/truetype/dejavu/DejaVuSans.ttf'));
    expect(await textOf(await inspect(image, { OCR_ENABLED: 'yes', OCR_COMMAND: command }))).toMatch(/Schöne Grüße/);
    expect(await textOf(await inspect(image))).toBeUndefined();
    const missing = await inspect(image, { OCR_ENABLED: 'yes', OCR_COMMAND: join(dir, 'missing') });
    expect([missing.isInlineSafe, await textOf(missing)]).toEqual([true, undefined]);
  }, 300_000);
});

it('facts are plain: no control characters, and nothing that PostgreSQL refuses', async () => {
  const { metadata } = await inspect(files.pdf({ trailer: '/Info <</Title (a\\000b\\u202Ec\\tlast)>>' }));
  expect(metadata).toMatchObject({ title: expect.stringMatching(/^a b.*last$/) });
  expect(JSON.stringify(metadata)).not.toMatch(/\\u0000|\u202e|\\t/);
});

it('the processes that read files load no compiler', async () => {
  await compileSources(__dirname);
  const script = `
    for (const file of ['content-type', 'pictures', ...fs.readdirSync('readers').map((name) => 'readers/' + name)])
      require('./' + file);
    console.log(Object.keys(require.cache).filter((file) => /@swc|typescript/.test(file)).length);`;
  const args = ['--permission', '--allow-addons', '--allow-fs-read=*', ...SOURCE_FLAGS, '-e', script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: __dirname });
  expect(stdout.trim()).toBe('0');
});

it('ends with its signal, and so do its processes', async () => {
  const abort = new AbortController();
  await writeFile(join(dir, 'aborted'), await files.jpeg());
  await mkdir(join(dir, 'aborted-output'));
  const inspection = inspectorWith().inspect(join(dir, 'aborted'), join(dir, 'aborted-output'), abort.signal);
  abort.abort(new Error('the process stops'));
  await expect(inspection).rejects.toThrow('the process stops');
});

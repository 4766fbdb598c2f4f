/** Bundles of strangers: signatures made by minisign 0.11, and every way to smuggle something in. */
import { zipSync, type Zippable } from 'fflate';
import { zipped, bundleOf } from '../testing/test-bundle';
import { readBundle, sha256 } from './bundle';
import { configProblems, type ConfigSchema } from './config-schema';
import { readPublicKey } from './minisign';

// cspell:disable
const PUBLISHER = 'RWQOMF9vIIFX7YAVqjxJ/lCSRHKLS8+sK+L4XeFC5hmFiprkB4n8pdBS';

const MANIFEST = '{"name":"signed","version":"1.0.0"}';
const CODE = 'export default {};';

/** Prehashed, as minisign signs by default. */
const SIGNATURE = [
  'untrusted comment: signature from minisign secret key',
  'RUQOMF9vIIFX7XI6yIUTZeKdhiRmAYbe8Rrn9nK1L2HrKhkjtAlFDiCYXQ8+mPZMnwtiCH6ZGbCdWOuhhn9/BEg2GTJS+BOSXQ4=',
  'trusted comment: timestamp:1 file:checksums.txt',
  'CNiEcVrutjwV6E4dANME8gaL7R6MfmIwiaFctHHoPMSfKARF7DGewiNmO5K7o6eNWSnbB3+FzPZ2/OlRiCeQDQ==',
  '',
].join('\n');

/** Of the same file, as minisign -l signs. */
const LEGACY_SIGNATURE = [
  'untrusted comment: signature from minisign secret key',
  'RWQOMF9vIIFX7SNlbpmIaY1ynZN7UWA74narQMK9JsQ9sohJdZkRHvgM2WBe/6r6Gr9gXLD36b5MHmI/qxYBs0B+ORCDXpI35gk=',
  'trusted comment: legacy',
  'p+85A6posKVWWTenTdR3RFmb9dq8q0O0+a5DoEKmtzL8KjGv706W4DYbRuFU5Z1JdkdZ9iOH4cw6yoHmHBzMBg==',
  '',
].join('\n');

// cspell:enable

const RULES = { trustedKeys: [readPublicKey(PUBLISHER)!], allowsUnsigned: false, maxBytes: 100_000 };
const UNSIGNED = { ...RULES, allowsUnsigned: true };

/** The shortest module. */
const MODULE = Buffer.from('\0asm\x01\0\0\0', 'latin1');

const manifest = (more: object): string => JSON.stringify({ name: 'signed', version: '1.0.0', ...more });

const signed = {
  'manifest.json': MANIFEST,
  'plugin.js': CODE,
  'checksums.txt': `${sha256(MANIFEST)}  manifest.json\n${sha256(CODE)}  plugin.js\n`,
  'checksums.txt.minisig': SIGNATURE,
};

const refusal = (files: Parameters<typeof zipped>[0], rules = UNSIGNED): Promise<string> =>
  readBundle(zipped(files), rules).then(
    () => 'accepted',
    (error: Error) => `${error.name}: ${error.message}`,
  );

const attributes = (content: string, mode: number): Zippable[string] => [
  new TextEncoder().encode(content),
  { os: 3, attrs: mode << 16 },
];

describe('signatures', () => {
  test.each([
    ['prehashed', SIGNATURE],
    ['legacy', LEGACY_SIGNATURE],
  ])('a %s signature of minisign is accepted', async (_kind, signature) => {
    const { publisher, files } = await readBundle(zipped({ ...signed, 'checksums.txt.minisig': signature }), RULES);
    expect(publisher).toBe(RULES.trustedKeys[0]!.id);
    expect(Object.keys(files)).toEqual(['manifest.json', 'plugin.js']);
  });

  const { 'checksums.txt.minisig': _signature, ...unsigned } = signed;
  const otherSignature = SIGNATURE.replace(/^(RU\S{20})./m, (_all, start: string) => `${start}A`);
  test.each<[string, Record<string, string>]>([
    ['other code', { ...signed, 'plugin.js': 'export default { evil() {} };' }],
    ['a file more', { ...signed, 'more.js': '1' }],
    [
      'a file less',
      { 'manifest.json': MANIFEST, 'checksums.txt': signed['checksums.txt'], 'checksums.txt.minisig': SIGNATURE },
    ],
    ['other checksums', { ...signed, 'checksums.txt': `${signed['checksums.txt']}\n` }],
    ['no signature', unsigned],
    ['another signature', { ...signed, 'checksums.txt.minisig': otherSignature }],
    ['another comment', { ...signed, 'checksums.txt.minisig': SIGNATURE.replace('timestamp:1', 'timestamp:2') }],
    ['an empty signature', { ...signed, 'checksums.txt.minisig': '' }],
    ['neither signature nor checksums', { 'manifest.json': MANIFEST, 'plugin.js': CODE }],
  ])('%s is refused', async (_what, files) => {
    expect(await refusal(files, RULES)).toMatch(/^BundleError/);
  });

  test('a signature by another publisher is refused, even if unsigned bundles are allowed', async () => {
    expect(await refusal(signed, { ...UNSIGNED, trustedKeys: [] })).toMatch(/not signed by a publisher/);
    expect(await refusal({ 'manifest.json': MANIFEST, 'plugin.js': CODE })).toBe('accepted');
  });
});

describe('archives', () => {
  const base = { 'manifest.json': MANIFEST, 'plugin.js': CODE };
  test.each<[string, Record<string, string | Buffer | Zippable[string]>, RegExp]>([
    ['a parent folder', { ...base, '../evil.js': '1' }, /invalid relative path|not allowed/],
    ['a parent folder inside', { ...base, 'a/../../evil.js': '1' }, /invalid relative path|not allowed/],
    ['an absolute path', { ...base, '/etc/evil.js': '1' }, /absolute path|not allowed/],
    ['a drive', { ...base, 'C:/evil.js': '1' }, /absolute path|not allowed/],
    ['a backslash', { ...base, 'a\\..\\evil.js': '1' }, /invalid characters|not allowed/],
    ['a leading hyphen', { ...base, '-rf.js': '1' }, /not allowed/],
    ['a leading hyphen in a folder', { ...base, 'a/-rf.js': '1' }, /not allowed/],
    ['a hidden file', { ...base, '.npmrc.js': '1' }, /not allowed/],
    ['a line break', { ...base, 'a\nb.js': '1' }, /not allowed/],
    ['a symbolic link', { ...base, 'link.js': attributes('/etc/passwd', 0o120777) }, /symbolic link/],
    ['a device', { ...base, 'device.js': attributes('', 0o020666) }, /special file/],
    ['byte code by its name', { ...base, 'plugin.qbc': 'x' }, /no source code/],
    [
      'byte code by its content',
      { ...base, 'code.js': Buffer.from([0x43, 0x0c, 0x20, 0xff, 0xfe]) },
      /not text|control/,
    ],
    ['a NUL character', { ...base, 'code.js': 'a\0b' }, /control characters/],
    ['native code', { ...base, 'addon.node': '1' }, /no source code/],
    ['what is no WebAssembly', { ...base, 'a.wasm': '1' }, /no WebAssembly module/],
    [
      'a WebAssembly component',
      { ...base, 'a.wasm': Buffer.from('\0asm\x0d\0\x01\0', 'latin1') },
      /no WebAssembly module/,
    ],
    [
      'WebAssembly as JavaScript',
      { ...base, 'manifest.json': manifest({ main: 'a.wasm' }), 'a.wasm': MODULE },
      /"wasm" runs/,
    ],
    [
      'JavaScript as WebAssembly',
      { ...base, 'manifest.json': manifest({ runtime: 'wasm', main: 'plugin.js' }) },
      /"wasm" runs/,
    ],
    ['two spellings of one path', { ...base, 'Plugin.js': '1' }, /twice/],
    ['a bomb', { ...base, 'bomb.js': ' '.repeat(90_000) }, /suspiciously well/],
    ['too much', { ...base, 'a.js': [new Uint8Array(150_000).fill(97), { level: 0 }] }, /too large/],
    ['no manifest', { 'plugin.js': CODE }, /no manifest/],
    ['a manifest that is no JSON', { ...base, 'manifest.json': '{' }, /not JSON/],
    ['no main module', { 'manifest.json': MANIFEST }, /main module/],
  ])('%s is refused', async (_what, files, reason) => {
    expect(await refusal(files)).toMatch(reason);
  });

  test('many files are refused', async () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, number) => [`a${number}.js`, '1']));
    expect(await refusal({ ...base, ...many })).toMatch(/more than 200 files/);
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('no zip at all')],
    ['a part', zipped(base).subarray(0, 100)],
    ['a wrong size in the directory', withWrongSize()],
  ])('%s is no archive', async (_what, bytes) => {
    await expect(readBundle(bytes, UNSIGNED)).rejects.toThrow(/no valid zip|suspicious|too large/);
  });

  /** Declares 3 bytes for a file that has more. */
  function withWrongSize(): Buffer {
    const bytes = Buffer.from(zipSync({ 'plugin.js': [new Uint8Array(5_000).fill(98), { level: 9 }] }));
    const directory = bytes.indexOf('PK\x01\x02', 0, 'latin1');
    bytes.writeUInt32LE(3, directory + 24);
    return bytes;
  }
});

test('a WebAssembly module comes in base64, and its checksum is that of its bytes', async () => {
  const files = { 'manifest.json': manifest({ runtime: 'wasm' }), 'plugin.wasm': MODULE };
  const bundle = await readBundle(zipped(files), UNSIGNED);
  expect(bundle.manifest).toMatchObject({ runtime: 'wasm', main: 'plugin.wasm' });
  expect(bundle.files['plugin.wasm']).toBe(MODULE.toString('base64'));
  const added = { ...signed, 'plugin.wasm': MODULE };
  expect(await refusal(added, RULES)).toMatch(/plugin.wasm is not the file that was signed/);
});

describe('manifests', () => {
  const read = (manifest: object) => readBundle(bundleOf(manifest, CODE), UNSIGNED);
  const usual = { name: 'usual', version: '1.0.0' };

  test('only name and version are required, and spellings of the schema are accepted', async () => {
    expect((await read(usual)).manifest).toMatchObject({
      main: 'plugin.js',
      runtime: 'quickjs',
      apiVersion: 1,
      hooks: [],
    });
    const schema = { type: 'object', properties: { word: { type: 'string' } } };
    for (const name of ['configSchema', 'configuration', 'config'])
      expect((await read({ ...usual, [name]: schema })).manifest.configSchema).toEqual(schema);
  });

  test.each<[string, object]>([
    ['a name that begins with a hyphen', { name: '-rf' }],
    ['a name with a slash', { name: 'a/b' }],
    ['upper case', { name: 'Poll' }],
    ['no version', { version: undefined }],
    ['a version that is none', { version: 'latest' }],
    ['an unknown hook', { hooks: ['everything'] }],
    ['an unknown permission', { permissions: ['root'] }],
    ['a network without a host', { permissions: ['network:'] }],
    ['all hosts', { permissions: ['network:*'] }],
    ['an address', { permissions: ['network:http://a.example'] }],
    ['an unknown runtime', { runtime: 'node' }],
    ['a later API', { apiVersion: 2 }],
    [
      'a command twice',
      {
        commands: [
          { name: 'a', description: 'x' },
          { name: 'a', description: 'y' },
        ],
      },
    ],
    ['a command with a space', { commands: [{ name: 'a b', description: 'x' }] }],
    ['an unknown key', { entryPoint: 'x' }],
    ['a reference in the schema', { configSchema: { type: 'object', properties: { a: { $ref: '#' } } } }],
    [
      'an expression in the schema',
      { configSchema: { type: 'object', properties: { a: { type: 'string', pattern: '(a+)+$' } } } },
    ],
  ])('%s is refused', async (_what, change) => {
    await expect(read({ ...usual, ...change })).rejects.toThrow(/manifest|API version/);
  });
});

test('a configuration is compared with its schema', () => {
  const schema: ConfigSchema = {
    type: 'object',
    properties: {
      word: { type: 'string', enum: ['a', 'b'] },
      count: { type: 'integer', minimum: 1, maximum: 3 },
      list: { type: 'array', items: { type: 'string', maxLength: 2 } },
      isOn: { type: 'boolean' },
    },
    required: ['word'],
  };
  expect(configProblems(schema, { word: 'a', count: 2, list: ['x'], isOn: false })).toEqual({});
  expect(
    Object.keys(configProblems(schema, { word: 'c', count: 1.5, list: ['xxx'], isOn: 1, more: 1 })).sort(),
  ).toEqual(['count', 'isOn', 'list', 'more', 'word']);
  expect(configProblems(schema, {})).toEqual({ word: 'word is required.' });
  expect(Object.keys(configProblems(schema, { word: 'a', constructor: 1 }))).toEqual(['constructor']);
});

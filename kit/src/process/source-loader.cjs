// Loads TypeScript: compiled as by @swc-node/register, and cached by name, time and size of the file. For the processes and threads that a
// process starts from sources: the register itself loads two compilers at every start. The results here have no source maps.
// Started as a program, it compiles the files of the folder that argument 1 names into the cache, and runs none of them.
const { globSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const { join, resolve } = require('node:path');

const root = resolve(__dirname, '../../..');
const changed = (file) => statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
/** Other compilers or other settings have another folder. */
const toolchain = ['node_modules/.package-lock.json', 'tsconfig.json', 'tsconfig.base.json'].map(changed).join('-');
/** Its code is run, so it is beside the packages: a user who can write here could change them as well. */
const cache = join(root, 'node_modules/.cache/chat-sources', toolchain);

/** The register has a cache of its own, and fails if it cannot write it. */
function loadCompiler() {
  const { SWC_NODE_CACHE } = process.env;
  process.env.SWC_NODE_CACHE = 'false';
  try {
    return require('@swc-node/register/register');
  } finally {
    if (SWC_NODE_CACHE === undefined) delete process.env.SWC_NODE_CACHE;
    else process.env.SWC_NODE_CACHE = SWC_NODE_CACHE;
  }
}

let options;
function compile(filename) {
  const { compile: transform } = loadCompiler();
  options ??= require('@swc-node/register/read-default-tsconfig').readDefaultTsConfig(join(root, 'tsconfig.json'));
  const code = transform(readFileSync(filename, 'utf8'), filename, { ...options, module: 1 /* CommonJS */ });
  return code.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '');
}

function store(file, code) {
  try {
    mkdirSync(cache, { recursive: true });
    // Moved into place, as other processes read it meanwhile.
    writeFileSync(`${file}.${process.pid}`, code);
    renameSync(`${file}.${process.pid}`, file);
  } catch {
    // Without a cache, as in a process that may not write (--permission) or an installation that cannot be written.
  }
}

function load(filename) {
  const { mtimeMs, size } = statSync(filename);
  const file = join(cache, `${filename.replaceAll('/', '+')}.${mtimeMs}.${size}.js`);
  try {
    return readFileSync(file, 'utf8');
  } catch {
    const code = compile(filename);
    store(file, code);
    return code;
  }
}

Module._extensions['.ts'] = (module, filename) => module._compile(load(filename), filename);

if (require.main === module)
  for (const file of globSync('**/*.ts', { cwd: process.argv[2], exclude: ['**/*.test.ts'] }))
    load(join(process.argv[2], file));

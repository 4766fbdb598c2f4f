// Loads TypeScript in the processes of tests: compiled as by @swc-node/register, and cached by name, time and size of the file.
// The register itself loads two compilers at every start and hashes each file. The results here have no source maps.
const { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const { tmpdir } = require('node:os');
const { join, resolve } = require('node:path');

const root = resolve(__dirname, '../../..');
const changed = (file) => statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
/** Other compilers or other settings have another folder. */
const toolchain = ['node_modules/.package-lock.json', 'tsconfig.json', 'tsconfig.base.json'].map(changed).join('-');
const cache = join(tmpdir(), `chat-test-sources-${process.getuid?.() ?? ''}`, toolchain);

let options;
function compile(filename) {
  const { compile: transform } = require('@swc-node/register/register');
  options ??= require('@swc-node/register/read-default-tsconfig').readDefaultTsConfig(join(root, 'tsconfig.json'));
  const code = transform(readFileSync(filename, 'utf8'), filename, { ...options, module: 1 /* CommonJS */ });
  return code.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '');
}

Module._extensions['.ts'] = (module, filename) => {
  const { mtimeMs, size } = statSync(filename);
  const file = join(cache, `${filename.replaceAll('/', '+')}.${mtimeMs}.${size}.js`);
  let code;
  try {
    code = readFileSync(file, 'utf8');
  } catch {
    code = compile(filename);
    mkdirSync(cache, { recursive: true });
    // Moved into place, as other processes read it meanwhile.
    writeFileSync(`${file}.${process.pid}`, code);
    renameSync(`${file}.${process.pid}`, file);
  }
  module._compile(code, filename);
};

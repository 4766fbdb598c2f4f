/** `npm run build`: compiles every package's src/ to dist/ and copies data files. The images run from it, and `@chat/client` is published from it. Tests stay out. */
import { commandLine } from '@chat/kit/process/command-line';
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { writeImageFiles } from './images/image-files';
import { ROOT, SUBGRAPH_NAMES } from './subgraphs';

const { values } = commandLine({
  command: 'npm run build --',
  summary:
    'Compiles the src/ of every package to its dist/, from which the container images run. Replaces what is there.',
  options: {
    images: {
      type: 'string',
      value: 'FOLDER',
      description: 'also writes the files of each image to a folder of its own below FOLDER',
    },
  },
});

const packages = [
  'kit',
  'identity-client',
  'gateway',
  'standalone',
  ...SUBGRAPH_NAMES.map((name) => `subgraphs/${name}`),
];

// Published, so with types.
for (const folder of ['clients/chat-client', 'clients/room-codec', 'clients/plugin-api']) {
  rmSync(join(ROOT, folder, 'dist'), { recursive: true, force: true });
  execFileSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', folder], { cwd: ROOT, stdio: 'inherit' });
  console.log(`built ${folder}`);
}

for (const folder of packages) {
  const cwd = join(ROOT, folder);
  rmSync(join(cwd, 'dist'), { recursive: true, force: true });
  const ignored = ['**/*.test.ts', '**/testing/**'].flatMap((pattern) => ['--ignore', pattern]);
  const args = [
    'src',
    '--out-dir',
    'dist',
    '--strip-leading-paths',
    '--config-file',
    join(ROOT, '.swcrc'),
    '-C',
    'jsc.rewriteRelativeImportExtensions=true',
    ...ignored,
    '--quiet',
  ];
  execFileSync(join(ROOT, 'node_modules/.bin/swc'), args, { cwd, stdio: 'inherit' });
  for (const file of globSync('src/**/*.{sql,txt,bin}', { cwd }))
    cpSync(join(cwd, file), join(cwd, 'dist', relative('src', file)));
  console.log(`built ${folder}`);
}

if (values.images !== undefined) writeImageFiles(resolve(values.images));

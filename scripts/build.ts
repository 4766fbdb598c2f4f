/** `npm run build`: compiles every package's src/ to dist/, from which the images run, and copies .sql files. Tests and test tools stay out. */
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT, SUBGRAPH_NAMES } from './subgraphs';

const packages = [
  'kit',
  'identity-client',
  'gateway',
  'standalone',
  ...SUBGRAPH_NAMES.map((name) => `subgraphs/${name}`),
];

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
    ...ignored,
    '--quiet',
  ];
  execFileSync(join(ROOT, 'node_modules/.bin/swc'), args, { cwd, stdio: 'inherit' });
  for (const file of globSync('src/**/*.sql', { cwd }))
    cpSync(join(cwd, file), join(cwd, 'dist', relative('src', file)));
  console.log(`built ${folder}`);
}

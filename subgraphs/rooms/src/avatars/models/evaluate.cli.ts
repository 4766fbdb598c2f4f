/** `npm run evaluate:models -- DIR`: the verdict for every .gltf, .glb and .vrm below a folder, as JSON lines. */
import { commandLine } from '@chat/kit/process/command-line';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ModelValidator } from './model-validator';

const { positionals } = commandLine({
  command: 'npm run evaluate:models --',
  summary:
    'Prints one JSON object a line for every .gltf, .glb and .vrm below a folder: `file`, `valid`, `errors` and their `codes`. References to files in the folder are followed.',
  arguments: [{ name: 'DIR', description: 'the folder' }],
});

async function run(folder: string): Promise<void> {
  await using validator = new ModelValidator({ deadlineMs: 60_000, memoryMb: 2048 });
  for (const file of globSync('**/*.{gltf,glb,vrm}', { cwd: folder }).sort()) {
    const path = join(folder, file);
    const verdict = await validator.check({ bytes: readFileSync(path), folder: dirname(path) });
    const { isValid: valid, errors, codes, problems } = verdict;
    process.stdout.write(`${JSON.stringify({ file, valid, errors, codes, problems })}\n`);
  }
}

void run(resolve(positionals[0]!)).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});

/** `npm run plugins:try` runs scripts and WebAssembly modules, and prints a JSON line for each. */
import { TestProcess } from '@chat/kit/testing/test-process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

test('each program has a line with its end, whatever the others do', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chat-try-'));
  const script = (name: string, source: string): string => {
    const file = join(folder, name);
    writeFileSync(file, source);
    return file;
  };
  try {
    const files = [
      script('loop.js', 'for (;;);'),
      script('sum.js', 'console.log("added"); Promise.resolve(1 + 2)'),
      join(__dirname, '../../examples/word-count/plugin.wasm'),
      script('broken.wasm', 'no module'),
    ];
    await using command = new TestProcess({
      args: ['subgraphs/plugins/src/sandbox/try.cli.ts', '--milliseconds', '2000', ...files],
      env: { PLUGIN_SANDBOX: 'process' },
    });
    expect((await command.exited).code).toBe(0);
    const lines = command.output.split('\n').filter((line) => line.startsWith('{"file"'));
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { file: files[0], end: 'time' },
      { file: files[1], end: 'returned', value: 3, log: [{ level: 'info', message: 'added' }] },
      { file: files[2], end: 'threw', error: 'This plugin has the command count only.' },
      { file: files[3], end: 'threw', error: expect.stringContaining('WebAssembly') },
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

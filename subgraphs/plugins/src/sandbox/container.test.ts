/** Attacks that a container alone prevents, of native code that came out of the engine and of Node's own permissions. */
import { eventually } from '@chat/kit/testing/eventually';
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { Container } from './container';
import { DEFAULT_LIMITS } from './sandbox';
import { findEngine, sandboxUnderTest } from './testing';

const engine = findEngine();

(engine ? describe : describe.skip)('a container', () => {
  /** The output of a script. */
  async function runs(script: string): Promise<string> {
    const libraries = ['/lib', '/lib64', '/usr/lib'].filter(existsSync).map((folder) => [folder, folder] as const);
    const container = new Container(engine!);
    const [file, ...args] = container.command({
      mounts: [...libraries, [realpathSync(process.execPath), '/app/node']],
      program: ['/app/node', '-e', script],
      folder: '/app',
      memoryBytes: 128 << 20,
      cpuSeconds: 60,
      openFiles: 64,
    });
    try {
      const env = { ...process.env, SECRET_KEY: 'a secret of the installation' };
      const { stdout } = await promisify(execFile)(file!, args, { env, cwd: tmpdir(), timeout: 60_000 });
      return stdout.trim();
    } catch (error) {
      const { code, stderr } = error as { code?: unknown; stderr?: string };
      return `ended: ${String(code)} ${stderr}`.trim();
    } finally {
      container.kill();
    }
  }

  test('has no files, network, rights, processes and variables of this machine', async () => {
    const attempts = {
      reads: `require('fs').readFileSync(${JSON.stringify(__filename)})`,
      lists: `require('fs').readdirSync('/root')`,
      writes: `require('fs').writeFileSync('/app/x', 'x')`,
      fills: `require('fs').writeFileSync('/tmp/x', Buffer.alloc(1 << 20))`,
      shared: `require('fs').writeFileSync('/dev/shm/x', Buffer.alloc(1 << 20))`,
      becomes: `process.setuid(0)`,
      kills: `process.kill(2)`,
    };
    const script = `
      const found = {};
      const attempts = ${JSON.stringify(attempts)};
      for (const [name, code] of Object.entries(attempts))
        try { Function('require', code)(require); found[name] = 'done'; } catch (error) { found[name] = error.code; }
      found.interfaces = Object.keys(require('os').networkInterfaces()).filter((name) => name !== 'lo');
      found.secret = JSON.stringify(process.env).includes('secret');
      require('net').connect(80, '1.1.1.1').on('error', (error) => {
        found.connects = error.code;
        console.log(JSON.stringify(found));
      });`;
    const found = JSON.parse(await runs(script)) as Record<string, unknown>;
    expect(found).toEqual({
      reads: 'ENOENT',
      lists: expect.stringMatching(/ENOENT|EACCES/),
      writes: expect.stringMatching(/EROFS|EACCES/),
      fills: expect.stringMatching(/EROFS|ENOENT|EACCES/),
      shared: expect.stringMatching(/EROFS|ENOENT|EACCES|EFBIG/),
      becomes: 'EPERM',
      kills: expect.stringMatching(/ESRCH|EPERM/),
      interfaces: [],
      secret: false,
      connects: expect.stringMatching(/ENETUNREACH|EPERM|EACCES/),
    });
  });

  test('ends with the memory that it may have, and starts no more processes than it may', async () => {
    expect(await runs('const all = []; for (;;) all.push(Buffer.alloc(8 << 20, 1));')).toBe('ended: 137');
    const bomb = `
      const { spawn } = require('child_process');
      let [failed, n] = [0, 0];
      for (; n < 300 && failed < 5; n++) spawn('/app/node', ['-e', ''], { stdio: 'ignore' }).on('error', () => failed++);
      setTimeout(() => { console.log(failed >= 5); process.exit(); }, 1000);`;
    expect(await runs(bomb)).toMatch(/^true$|^ended: 137$/);
  });

  test('is ended with its sandbox', async () => {
    const names = () =>
      execFileSync(engine!.command[0]!, [...engine!.command.slice(1), 'ps', '--format', '{{.Names}}'], {
        encoding: 'utf8',
      });
    const sandbox = sandboxUnderTest('container', { container: engine! });
    try {
      const { value } = await sandbox.evaluate('6 * 7', 'a.js', { ...DEFAULT_LIMITS, callMs: 20_000, totalMs: 60_000 });
      expect(value).toBe(42);
      expect(names()).toMatch(/chat-plugins-/);
    } finally {
      await sandbox[Symbol.asyncDispose]();
    }
    await eventually(() => !names().includes('chat-plugins-'), 'the container is gone');
  });
});

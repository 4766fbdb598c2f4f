/**
 * The filter of system calls of the sandbox, as the kernel's classic BPF. Denies sockets, new processes, mounts, tracing, keys and other
 * doors of the kernel; threads stay possible. Knows x86-64 and AArch64 on Linux.
 */

const LOAD = 0x20; // BPF_LD | BPF_W | BPF_ABS
const EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const BITS = 0x45; // BPF_JMP | BPF_JSET | BPF_K
const AT_LEAST = 0x35; // BPF_JMP | BPF_JGE | BPF_K
const RETURN = 0x06;

const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const ERRNO = 0x00050000;
const EPERM = 1;
const ENOSYS = 38;

/** Offsets in `struct seccomp_data`. */
const NUMBER = 0;
const ARCHITECTURE = 4;
const FIRST_ARGUMENT = 16;

const CLONE_THREAD = 0x00010000;
/** x32 calls have this bit; they would evade the numbers below. */
const X32 = 0x40000000;

interface Machine {
  audit: number;
  clone: number;
  clone3: number;
  denied: readonly number[];
  hasX32: boolean;
}

// socket, connect, accept, sendto, bind, listen, socketpair, accept4 / ptrace, process_vm_*, kcmp, pidfd_getfd / mount family, chroot, pivot_root,
// unshare, setns / keys / bpf, perf, userfaultfd, io_uring, modules, kexec, reboot, swap / file handles / fork, vfork
const MACHINES: Partial<Record<string, Machine>> = {
  x64: {
    audit: 0xc000003e,
    clone: 56,
    clone3: 435,
    hasX32: true,
    denied: [
      41, 42, 43, 44, 49, 50, 53, 288, 57, 58, 101, 310, 311, 312, 438, 155, 161, 165, 166, 272, 308, 428, 429, 430,
      431, 432, 433, 442, 248, 249, 250, 321, 298, 323, 425, 426, 427, 175, 176, 313, 246, 320, 169, 167, 168, 303, 304,
    ],
  },
  arm64: {
    audit: 0xc00000b7,
    clone: 220,
    clone3: 435,
    hasX32: false,
    denied: [
      198, 203, 202, 206, 200, 201, 199, 242, 117, 270, 271, 272, 438, 41, 51, 40, 39, 97, 268, 428, 429, 430, 431, 432,
      433, 442, 217, 218, 219, 280, 241, 282, 425, 426, 427, 105, 106, 273, 104, 294, 142, 224, 225, 264, 265,
    ],
  },
};

/** The program for `bwrap --seccomp`, or undefined on other machines. */
export function seccompFilter(arch: string = process.arch): Buffer | undefined {
  const machine = process.platform === 'linux' ? MACHINES[arch] : undefined;
  if (!machine) return undefined;
  const program: [code: number, ifTrue: number, ifFalse: number, value: number][] = [
    [LOAD, 0, 0, ARCHITECTURE],
    [EQUAL, 1, 0, machine.audit],
    [RETURN, 0, 0, KILL],
    [LOAD, 0, 0, NUMBER],
  ];
  if (machine.hasX32) program.push([AT_LEAST, 0, 1, X32], [RETURN, 0, 0, KILL]);
  for (const denied of machine.denied) program.push([EQUAL, 0, 1, denied], [RETURN, 0, 0, ERRNO | EPERM]);
  program.push(
    // The C library falls back to clone, and the flags of clone can be read.
    [EQUAL, 0, 1, machine.clone3],
    [RETURN, 0, 0, ERRNO | ENOSYS],
    [EQUAL, 0, 3, machine.clone],
    [LOAD, 0, 0, FIRST_ARGUMENT],
    [BITS, 1, 0, CLONE_THREAD],
    [RETURN, 0, 0, ERRNO | EPERM],
    [RETURN, 0, 0, ALLOW],
  );
  const bytes = Buffer.alloc(program.length * 8);
  program.forEach(([code, ifTrue, ifFalse, value], index) => {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(ifTrue, index * 8 + 2);
    bytes.writeUInt8(ifFalse, index * 8 + 3);
    bytes.writeUInt32LE(value >>> 0, index * 8 + 4);
  });
  return bytes;
}

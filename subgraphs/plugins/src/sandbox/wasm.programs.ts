// cspell:words memarg funcref
/** WebAssembly modules that try to break the sandbox, each with the only ending that is right, and a module that is useful. In text form. */
import type { CallEnd } from './sandbox';

const BORDER = `
  (import "chat" "read" (func $read (param i32)))
  (import "chat" "request" (func $request (param i32 i32 i32 i32) (result i32)))
  (import "chat" "reply" (func $reply (param i32 i32)))
  (import "chat" "fail" (func $fail (param i32 i32)))
  (import "chat" "log" (func $log (param i32 i32 i32)))`;

/** A module with the functions of the border, a page of memory, and the given `handle`; its only parameter is the length of the input. */
export const moduleOf = (handle: string, more = '(memory (export "memory") 1)'): string =>
  `(module ${BORDER} ${more} (func (export "handle") (param $length i32) ${handle}))`;

/** Replies with its input; asks `storage.get` first if the input is longer than 100 bytes. */
export const ECHO = moduleOf(
  `(call $read (i32.const 1024))
   (if (i32.gt_u (local.get $length) (i32.const 100)) (then
     (local.set $length (call $request (i32.const 0) (i32.const 11) (i32.const 16) (i32.const 13)))
     (call $read (i32.const 1024))))
   (call $log (i32.const 2) (i32.const 0) (i32.const 11))
   (call $reply (i32.const 1024) (local.get $length))`,
  `(memory (export "memory") 1) (data (i32.const 0) "storage.get") (data (i32.const 16) "{\\"key\\":\\"key\\"}")`,
);

export interface HostileModule {
  name: string;
  source: string;
  end: CallEnd;
  /** The value or the error. */
  outcome?: unknown;
}

const LOOP = '(loop $again (br $again))';

/** Modules that can be loaded. */
export const hostileModules: readonly HostileModule[] = [
  { name: 'a loop', source: moduleOf(LOOP), end: 'time' },
  {
    name: 'a loop after a reply',
    source: moduleOf(`(call $reply (i32.const 0) (i32.const 0)) ${LOOP}`),
    end: 'time',
  },
  {
    name: 'a built-in that fills memory without an end',
    source: moduleOf(
      '(loop $again (memory.fill (i32.const 0) (i32.const 1) (i32.const 16777216)) (br $again))',
      '(memory (export "memory") 256)',
    ),
    end: 'time',
  },
  {
    name: 'recursion',
    source: moduleOf('(call $deep)', '(memory (export "memory") 1) (func $deep (call $deep) (call $deep))'),
    end: 'stack',
  },
  { name: 'a trap', source: moduleOf('unreachable'), end: 'crashed' },
  { name: 'a division by zero', source: moduleOf('(drop (i32.div_u (i32.const 1) (i32.const 0)))'), end: 'crashed' },
  {
    name: 'an address outside of its memory',
    source: moduleOf('(drop (i32.load (i32.const -8)))'),
    end: 'crashed',
  },
  {
    name: 'a reply from outside of its memory',
    source: moduleOf('(call $reply (i32.const 65530) (i32.const 100))'),
    end: 'crashed',
    outcome: 'It crashed: It points outside of its memory.',
  },
  {
    name: 'a reply of negative length',
    source: moduleOf('(call $reply (i32.const 0) (i32.const -1))'),
    end: 'crashed',
  },
  { name: 'input read to the end of its memory', source: moduleOf('(call $read (i32.const 65535))'), end: 'crashed' },
  {
    name: 'memory beyond its limit, which it does not get',
    source: moduleOf(
      `(if (i32.ne (memory.grow (i32.const 256)) (i32.const -1)) (then ${LOOP}))
       (if (i32.eq (memory.grow (i32.const 255)) (i32.const -1)) (then ${LOOP}))`,
    ),
    end: 'returned',
  },
  {
    name: 'a table beyond its limit, which it does not get',
    source: moduleOf(
      `(if (i32.ne (table.grow (ref.null func) (i32.const 10000000)) (i32.const -1)) (then ${LOOP}))`,
      '(memory (export "memory") 1) (table 1 funcref)',
    ),
    end: 'returned',
  },
  {
    name: 'a reply that is larger than allowed',
    source: moduleOf('(call $reply (i32.const 0) (i32.const 1000000))', '(memory (export "memory") 32)'),
    end: 'output',
  },
  {
    name: 'replies without an end',
    source: moduleOf(`(loop $again (call $reply (i32.const 0) (i32.const 1000)) (br $again))`),
    end: 'output',
  },
  {
    name: 'a reply that is no JSON',
    source: moduleOf(
      '(call $reply (i32.const 0) (i32.const 3))',
      '(memory (export "memory") 1) (data (i32.const 0) "{,}")',
    ),
    end: 'threw',
    outcome: 'Its reply is no JSON.',
  },
  {
    name: 'text that is no UTF-8',
    source: moduleOf(
      '(call $fail (i32.const 0) (i32.const 3))',
      '(memory (export "memory") 1) (data (i32.const 0) "\\ff\\c0\\80")',
    ),
    end: 'threw',
    outcome: '���',
  },
  {
    name: 'requests without an end',
    source: moduleOf(
      `(loop $again (drop (call $request (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1))) (br $again))`,
    ),
    end: 'calls',
  },
  {
    name: 'a log without an end',
    source: moduleOf(`(loop $again (call $log (i32.const 7) (i32.const 0) (i32.const 65536)) (br $again))`),
    end: 'time',
  },
];

/** Modules that are refused, with the reason. */
export const refusedModules: readonly [name: string, source: string, reason: RegExp][] = [
  ['WASI', '(module (import "wasi_snapshot_preview1" "fd_write" (func)))', /imports function "fd_write" of "wasi/],
  ['a function that there is not', '(module (import "chat" "constructor" (func)))', /"chat" has read, request/],
  ['a memory of the host', '(module (import "chat" "read" (memory 1)))', /imports memory "read"/],
  ['a global of the host', '(module (import "chat" "read" (global i32)))', /imports global "read"/],
  ['no memory', '(module (func (export "handle") (param i32)))', /exports no memory/],
  ['no function', '(module (memory (export "memory") 1))', /no function "handle"/],
  [
    'a function in place of the memory',
    '(module (func (export "memory")) (func (export "handle")))',
    /exports no memory/,
  ],
  ['a memory of 17 MB', moduleOf('', '(memory (export "memory") 257)'), /memory is larger/],
  ['a shared memory', moduleOf('', '(memory (export "memory") 1 2 shared)'), /memory is shared/],
  ['a huge table', moduleOf('', '(memory (export "memory") 1) (table 1000000 funcref)'), /table is larger/],
  ['a start that traps', moduleOf('', '(memory (export "memory") 1) (func $f unreachable) (start $f)'), /unreachable/],
  ['a start that loops', moduleOf('', `(memory (export "memory") 1) (func $f ${LOOP}) (start $f)`), /too long/],
  [
    'a start that calls the chat',
    moduleOf('', '(memory (export "memory") 1) (func $f (call $reply (i32.const 0) (i32.const 0))) (start $f)'),
    /Only "handle"/,
  ],
];

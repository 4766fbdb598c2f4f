/**
 * Programs that try to break the sandbox, each with the only ending that is right. Kinds of attack follow the public advisories of vm2 and
 * QuickJS; the programs are our own.
 */
import type { CallEnd } from './sandbox';

export interface HostileProgram {
  name: string;
  source: string;
  end: CallEnd;
  /** The value, if it returns. */
  value?: unknown;
}

const program = (name: string, end: CallEnd, source: string, value?: unknown): HostileProgram => ({
  name,
  source,
  end,
  value,
});

/** Programs that would run for ever, or nearly so. */
export const loops: readonly HostileProgram[] = [
  program('a loop', 'time', 'for (;;);'),
  program('a loop that catches everything', 'time', 'for (;;) { try { for (;;); } catch {} finally { continue; } }'),
  program('recursion that catches its overflow', 'time', 'function f() { try { f(); } catch { f(); } } f()'),
  program('a loop in a promise', 'time', 'Promise.resolve().then(() => { for (;;); })'),
  program('promises without an end', 'time', '(async () => { for (;;) await null; })()'),
  program(
    'promises that create two each',
    'returned',
    'function f() { Promise.resolve().then(f); Promise.resolve().then(f); } f()',
  ),
  program('a generator without an end', 'time', '[...(function* () { for (;;) yield; })()].length && 0; for (;;);'),
  program('a loop in a getter of the result', 'time', '({ get a() { for (;;); } })'),
  program('a loop in toJSON', 'time', '({ toJSON() { for (;;); } })'),
  program('a loop in a proxy of the result', 'time', 'new Proxy({}, { ownKeys() { for (;;); } })'),
  program('a loop in then', 'time', '({ then() { for (;;); } })'),
  program('a loop in toString of an error', 'time', 'throw { get message() { for (;;); } }'),
  program('a loop in Symbol.toPrimitive', 'time', '`${{ [Symbol.toPrimitive]() { for (;;); } }}`'),
  program('a loop in a sort', 'time', '[3, 2, 1].sort(() => { for (;;); })'),
  program('a loop in a replacement', 'time', '"a".replace(/a/, () => { for (;;); })'),
  program('a loop in the default of a parameter', 'time', '((a = (() => { for (;;); })()) => a)()'),
  program('a loop in a static block', 'time', 'class A { static { for (;;); } }'),
  program('a loop in a tagged template', 'time', '(() => { for (;;); })`x`'),
  program('a loop in a finalizer', 'returned', 'new FinalizationRegistry(() => { for (;;); }).register({}, 1); 1'),
  program('indexOf over a long array', 'time', 'Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)'),
  program('lastIndexOf over a long array', 'time', 'Array.prototype.lastIndexOf.call({ length: 2 ** 53 - 1 }, 1)'),
  program('includes over a long array', 'time', 'Array.prototype.includes.call({ length: 2 ** 53 - 1 }, 1)'),
  program('fill of a long array', 'memory', 'Array.prototype.fill.call({ length: 2 ** 53 - 1 }, 1)'),
  program('reverse of a long array', 'time', 'Array.prototype.reverse.call({ length: 2 ** 53 - 1 })'),
  program('join of a long array', 'time', 'Array.prototype.join.call({ length: 2 ** 31 - 2 }, "")'),
  program(
    'every over a proxy',
    'time',
    'Array.prototype.every.call(new Proxy([], { get: (_, k) => k === "length" ? 2 ** 53 - 1 : 1, has: () => true }), () => true)',
  ),
  program('a regular expression with nested quantifiers', 'time', '/^(a+)+$/.test("a".repeat(40) + "b")'),
  program('a regular expression with alternatives', 'time', '/^(a|a|a)*$/.test("a".repeat(60) + "b")'),
  program('a regular expression with a back reference', 'time', '/(.*)\\1x/.test("a".repeat(20000))'),
  program('a split by a slow expression', 'time', '("a".repeat(40) + "b").split(/(a+)+$/).length'),
  program('a power of big integers', 'threw', '(3n ** 10000000n) % 7n'),
  program('a big integer as text', 'threw', '(3n ** 1000000n).toString().length > 1'),
  program(
    'repeated JSON',
    'time',
    'const a = []; for (let i = 0; i < 1e5; i++) a.push(i); for (;;) JSON.parse(JSON.stringify(a))',
  ),
  program('a sleep in Atomics', 'threw', 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)'),
  program('a busy date', 'time', 'for (const end = Date.now() + 1e9; Date.now() < end;);'),
];

/** Programs that want more than their share. */
export const bombs: readonly HostileProgram[] = [
  program('an array that grows', 'memory', 'const a = []; for (;;) a.push(new Array(1000).fill(1))'),
  program('a text that doubles', 'threw', 'let s = "a"; for (;;) s += s'),
  program('typed arrays', 'memory', 'const a = []; for (;;) a.push(new Uint8Array(1 << 20))'),
  program('one huge typed array', 'memory', 'new Uint8Array(2 ** 31 - 1).length'),
  program('one huge shared buffer', 'memory', 'new SharedArrayBuffer(2 ** 31 - 1).byteLength'),
  program('a map that grows', 'memory', 'const m = new Map(); for (let i = 0; ; i++) m.set(i, {})'),
  program('symbols that grow', 'memory', 'const a = []; for (;;) a.push(Symbol.for("x" + a.length))'),
  program('closures that grow', 'memory', 'let f = () => 1; for (;;) { const g = f; f = () => g; }'),
  program(
    'memory that is caught',
    'time',
    'let n = 0; const a = []; for (;;) { try { for (;;) a.push("x".repeat(1e5) + n++); } catch { a.length = 0; } }',
  ),
  program('a padded text', 'memory', '"x".padEnd(1e9)'),
  program('recursion', 'stack', 'function f() { return f() + 1; } f()'),
  program('recursion through natives', 'stack', 'const f = () => [1].map(f); f()'),
  program('recursion through toString', 'stack', 'const o = { toString: () => `${o}` }; `${o}`'),
  program('recursion through a proxy', 'stack', 'let p = {}; for (let i = 0; i < 1e4; i++) p = new Proxy(p, {}); p.x'),
  program('nested JSON', 'threw', 'JSON.parse("[".repeat(1e5))'),
  program('nested source', 'memory', 'eval("(".repeat(1e5))'),
  program('a nested expression', 'threw', 'new RegExp("(".repeat(1e5) + ")".repeat(1e5)).test("")'),
  program('a deep result', 'stack', 'let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; o'),
  program('a circular result', 'threw', 'const o = {}; o.o = o; o'),
  program('a large result', 'output', '"x".repeat(300000)'),
  program('a large error', 'threw', 'throw new Error("x".repeat(200000))'),
  program('a large log', 'returned', 'for (let i = 0; i < 100; i++) console.log("x".repeat(10000)); 1', 1),
  program('many lines of log', 'returned', 'for (let i = 0; i < 1e5; i++) console.log(i); 1', 1),
];

/** Finds objects of the host that can be reached, by their names and by the realm of their constructors. */
const SEARCH = `const found = [];
for (const name of ['process', 'require', 'module', 'exports', '__dirname', 'Buffer', 'fetch', 'XMLHttpRequest', 'WebSocket', 'Worker', 'Deno', 'Bun',
  'std', 'os', 'scriptArgs', 'print', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'WebAssembly', 'navigator', 'performance', 'gc', 'global'])
  if (typeof globalThis[name] !== 'undefined') found.push(name);
const realm = Function('return this')();
if (realm !== globalThis) found.push('another realm');`;

const reaches = (name: string, source: string): HostileProgram =>
  program(
    name,
    'returned',
    `${SEARCH}
let depth = 0;
function look(value) {
  if (depth > 1) return; // looking at a proxy calls its traps, which look
  depth++;
  try {
    for (let o = value, i = 0; o !== null && o !== undefined && i < 20; o = Object.getPrototypeOf(o), i++) {
      const make = o.constructor && o.constructor.constructor;
      if (typeof make !== 'function' || make('return 1')() !== 1) continue; // generators' own constructors
      if (make !== Function && make('return this')() !== globalThis) found.push('a foreign Function');
      if (make('return typeof process')() !== 'undefined') found.push('process');
    }
  } catch {
  } finally {
    depth--;
  }
}
${source}\nfound`,
    [],
  );

/** Programs that look for a way out. Each returns its finds, of which there are none. */
export const escapes: readonly HostileProgram[] = [
  reaches('names of the host', ''),
  reaches('the constructor of this', 'look(this); look(globalThis)'),
  reaches(
    'the constructor of console',
    'look(console); look(console.log); for (const key of Reflect.ownKeys(console)) look(console[key])',
  ),
  reaches('an error of the engine', 'try { null.x } catch (error) { look(error); look(error.stack) }'),
  reaches('an error of an overflow', 'const f = () => f() + 1; try { f() } catch (error) { look(error) }'),
  reaches('an error of exhausted memory', 'try { new Uint8Array(2 ** 31 - 1) } catch (error) { look(error) }'),
  reaches(
    'an error of a native function with a hostile argument',
    'try { console.log({ toString() { throw { look } } }, Symbol("x")) } catch (error) { look(error) }',
  ),
  reaches(
    'prepareStackTrace',
    'Error.prepareStackTrace = (_, sites) => { for (const site of [sites].flat()) look(site && site.getThis && site.getThis()); }; try { null.x } catch (error) { error.stack }',
  ),
  reaches(
    'a stack trace that is a getter',
    'Object.defineProperty(Error.prototype, "stack", { get() { look(this); return this; } }); try { console.log(new Error("x")) } catch (error) { look(error) }',
  ),
  reaches(
    'callers',
    'function f() { look(f.caller); look(arguments.callee && arguments.callee.caller) } try { f() } catch {}',
  ),
  reaches(
    'a species of promises',
    'class P extends Promise { static get [Symbol.species]() { return function (run) { run((value) => look(value), (value) => look(value)); }; } } new P((resolve) => resolve(1)).then((value) => look(value))',
  ),
  reaches(
    'a changed then',
    'const then = Promise.prototype.then; Promise.prototype.then = function (a, b) { look(this); look(a); look(b); return then.call(this, a, b); }; Promise.resolve(1).then(look)',
  ),
  reaches('a changed catch', 'Promise.prototype.catch = function (a) { look(a); return this; };'),
  reaches(
    'a rejection with a proxy',
    'Promise.reject(new Proxy({}, { get: (t, k, r) => { look(r); return undefined; } }))',
  ),
  reaches(
    'a proxy as argument',
    'try { console.log(new Proxy(function () {}, { get(t, k, r) { look(r); return t[k]; }, apply(t, self, args) { look(self); look(args); } })) } catch (error) { look(error) }',
  ),
  reaches(
    'a proxy of a prototype',
    'Object.setPrototypeOf(globalThis, new Proxy(Object.getPrototypeOf(globalThis), { get(t, k, r) { look(r); return Reflect.get(t, k); } })); void globalThis.nothing',
  ),
  reaches(
    'pollution of prototypes',
    'Object.prototype.polluted = "yes"; Object.prototype.end = "returned"; Object.prototype.type = "load"; Array.prototype.polluted = "yes"; Function.prototype.polluted = "yes"; look({})',
  ),
  reaches(
    '__proto__ in JSON',
    'const o = JSON.parse(\'{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}\'); look(o)',
  ),
  reaches(
    'Symbol.hasInstance',
    'Object.defineProperty(Error, Symbol.hasInstance, { value: (value) => { look(value); return true; } }); try { console.log(1) } catch (error) { look(error) }',
  ),
  reaches(
    'Symbol.toPrimitive and inspection',
    'const o = { [Symbol.toPrimitive]() { look(this); return 1; }, [Symbol.for("nodejs.util.inspect.custom")](a, b, inspect) { look(inspect); look(a); look(b); return ""; }, inspect(a) { look(a) } }; console.log(o); console.error(o)',
  ),
  reaches(
    'species of arrays',
    'class A extends Array { static get [Symbol.species]() { return function (n) { look(this); return new Proxy([], { defineProperty(t, k, d) { look(d); return Reflect.defineProperty(t, k, d); } }); }; } } new A(1, 2, 3).map((value) => value)',
  ),
  reaches('Symbol.unscopables and with', 'Function("look", "with (globalThis) { look(this); }")(look)'),
  reaches(
    'iterators',
    'const it = [][Symbol.iterator](); look(it); look(Object.getPrototypeOf(Object.getPrototypeOf(it))); look((function* () {})()); look((async () => {})().constructor); look(Object.getPrototypeOf(async function* () {}))',
  ),
  reaches(
    'constructors of functions',
    'for (const f of [function () {}, async () => {}, function* () {}, async function* () {}]) try { if (f.constructor("return typeof process")() === "object") found.push("process"); } catch (error) { look(error) }',
  ),
  reaches(
    'a changed Function.prototype.call',
    'Function.prototype.call = function (...args) { look(this); args.forEach(look); return undefined; }; Function.prototype.apply = Function.prototype.call; console.log(1)',
  ),
  reaches(
    'a changed JSON',
    'const s = JSON.stringify; JSON.stringify = function (...args) { args.forEach(look); look(this); return s(...args); }; JSON.parse = (text) => { look(text); return { end: "returned" }; }; console.log({})',
  ),
  reaches(
    'a changed Map and Error',
    'Map.prototype.get = Map.prototype.set = function (...args) { args.forEach(look); look(this); }; globalThis.Error = class { constructor() { look(this) } }; console.log(new Error("x"))',
  ),
  reaches(
    'finalizers and weak references',
    'new FinalizationRegistry(look).register({}, globalThis); look(new WeakRef({}).deref())',
  ),
  reaches(
    'dynamic imports',
    'for (const name of ["fs", "node:fs", "os", "std", "qjs:std", "qjs:os", "child_process", "/etc/passwd", "file:///etc/passwd", "../../../etc/passwd", "data:text/javascript,export default 1"]) import(name).then((value) => found.push(name), look)',
  ),
  reaches('direct and indirect eval', '(0, eval)("this"); look((0, eval)("this")); look(eval("this"))'),
  reaches(
    'getters of the global object',
    'for (const key of Reflect.ownKeys(globalThis)) { const d = Object.getOwnPropertyDescriptor(globalThis, key); look(d); look(d && (d.value || d.get)); }',
  ),
  reaches(
    'all that can be reached',
    'const seen = new Set(); const visit = (value, depth) => { if (depth > 4 || value === null || !["object", "function"].includes(typeof value) || seen.has(value) || seen.size > 3000) return; seen.add(value); look(value); for (const key of Reflect.ownKeys(value)) { try { const d = Object.getOwnPropertyDescriptor(value, key); visit(d.value, depth + 1); visit(d.get, depth + 1); visit(d.set, depth + 1); } catch {} } visit(Object.getPrototypeOf(value), depth + 1); }; visit(globalThis, 0)',
  ),
  reaches(
    'a subclass of null',
    'class A extends null { static f() { look(super.constructor) } } try { A.f() } catch (error) { look(error) }',
  ),
  reaches(
    'async generators and their return',
    'const g = (async function* () { try { yield 1; } finally { look(this) } })(); g.next(); g.return({ get then() { look(this); return undefined; } })',
  ),
  reaches(
    'array buffers that are resized and detached',
    'const b = new ArrayBuffer(8); const v = new Uint8Array(b); try { b.transfer && b.transfer(0); } catch {} try { v.fill({ valueOf() { b.resize && b.resize(0); return 1; } }) } catch {} look(v)',
  ),
  reaches(
    'a typed array that shrinks while it is sorted',
    'try { const b = new ArrayBuffer(800, { maxByteLength: 1600 }); const v = new Float64Array(b); v.sort(() => { b.resize(0); return 1; }); } catch (error) { look(error) }',
  ),
  reaches(
    'an array that changes while it is joined, sorted and concatenated',
    'const a = [1, 2, 3, { toString() { a.length = 0; return "x"; } }]; a.join(); const s = [3, 2, 1]; s.sort(() => { s.length = 0; return -1; }); look([].concat(a, { length: 2 ** 32, [Symbol.isConcatSpreadable]: false }))',
  ),
  reaches(
    'an expression whose lastIndex changes',
    'const r = /a/g; r.exec = () => ({ get index() { r.lastIndex = 2 ** 31; return 2 ** 40; }, length: 2 ** 20, 0: "a" }); try { "aaa".replace(r, "$1$2$99$<x>"); "aaa".split(r) } catch (error) { look(error) }',
  ),
  reaches(
    'byte code that is read',
    'try { std.loadScript("x"); } catch {} try { bjson.read(new ArrayBuffer(64), 0, 64, 1); } catch {} if (typeof bjson !== "undefined") found.push("bjson")',
  ),
];

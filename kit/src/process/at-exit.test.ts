/** Calls at the exit of a process. */
import { execFileSync } from 'node:child_process';
import { NODE_FLAGS, REPOSITORY } from '../testing/test-process';
import { callAtExit } from './at-exit';

const outputOf = (script: string): string =>
  execFileSync(process.execPath, [...NODE_FLAGS, '-e', script], { cwd: REPOSITORY, encoding: 'utf8' });

test('a process calls all that is left when it exits', () => {
  const script = `
    const { callAtExit } = require('@chat/kit/process/at-exit');
    for (const name of ['a', 'b', 'c']) {
      const unregister = callAtExit(() => console.log(name));
      if (name === 'b') { unregister(); unregister(); }
    }`;
  expect(outputOf(script)).toBe('a\nc\n');
});

test('any number of calls is one listener, and none is left behind', () => {
  const before = process.listenerCount('exit');
  const registered = Array.from({ length: 30 }, () => callAtExit(() => undefined));
  expect(process.listenerCount('exit')).toBe(before + 1);
  for (const unregister of registered) unregister();
  expect(process.listenerCount('exit')).toBe(before);
});

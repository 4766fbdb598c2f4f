/** Every operation of the contract has a test. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { operationNames } from '../harness/contract';

const areas = readdirSync(__dirname)
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => readFileSync(join(__dirname, name), 'utf8'))
  .join('\n');

test('every operation of the contract is used', () => {
  const isUsed = (name: string) =>
    new RegExp(`(does|isRefused|follows|watches|mayNotFollow)\\(\\s*'${name}'`).test(areas);
  expect(operationNames.filter((name) => !isUsed(name))).toEqual([]);
});

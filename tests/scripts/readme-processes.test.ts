/** The commands for many processes, in README and docs/operations/processes, name every subgraph, in both languages. */
import { REPOSITORY } from '@chat/kit/testing/test-process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SUBGRAPH_NAMES } from '../../scripts/subgraphs';

const commandsOf = (file: string) =>
  [...readFileSync(join(REPOSITORY, file), 'utf8').matchAll(/```sh\n([^]*?)```/g)]
    .map(([, block]) => block!)
    .find((block) => block.includes('npm run start:gateway'))!;

test.each(['README.md', 'README.de.md'])('%s starts every subgraph and names it to the gateway', (file) => {
  const commands = commandsOf(file);
  for (const name of SUBGRAPH_NAMES) {
    const [, port] = new RegExp(`PORT=(\\d+) npm run start:subgraph -- ${name}\n`).exec(commands) ?? [];
    expect(commands).toContain(`${name}=http://127.0.0.1:${port}/graphql`);
  }
  expect(commandsOf('README.de.md')).toBe(commandsOf('README.md'));
});

test('docs/operations/processes has the same commands in both languages, starts every subgraph twice and names both', () => {
  const blocks = (file: string) =>
    [...readFileSync(join(REPOSITORY, 'docs/operations', file), 'utf8').matchAll(/```sh\n([^]*?)```/g)].map(
      ([, block]) => block!,
    );
  const english = blocks('processes.md');
  expect(blocks('processes.de.md')).toEqual(english);
  const commands = english.join('');
  for (const name of SUBGRAPH_NAMES) {
    const [, port] = new RegExp(`start \\$copy ${name} (\\d)`).exec(commands) ?? [];
    expect(commands).toContain(`$(each ${name} ${port} /graphql)`);
  }
  const gateways = readFileSync(join(REPOSITORY, 'deploy/nginx/chat.conf'), 'utf8');
  for (const copy of [0, 1]) expect(gateways).toContain(`server 127.0.0.1:40${copy}0 max_fails=0;`);
});

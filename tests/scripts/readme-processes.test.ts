/** The README's commands for many processes name every subgraph, in both languages. */
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

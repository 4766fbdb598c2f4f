/** `npm run elyza`: a conversation with Elyza in the terminal, or answers to the lines of standard input. Keeps nothing. */
import { createInterface } from 'node:readline';
import { commandLine } from '@chat/kit/process/command-line';
import { runCommand } from '@chat/kit/process/run-command';
import { BilingualElyza } from './bilingual-elyza';
import { Elyza, newConversation } from './elyza';
import { loadHelp, loadScripts, readScript } from './scripts';

const LANGUAGES = ['en', 'de'] as const;

const { values, refuse } = commandLine({
  command: 'npm run elyza --',
  summary: `Talks with Elyza, the assistant that needs neither network nor model. She answers German and English sentences in their
language. If standard input is no terminal, she prints one line for each line of it: npm run --silent elyza < FILE`,
  options: {
    script: {
      type: 'string',
      value: 'FILE',
      description: "follows this script instead, such as Weizenbaum's DOCTOR of 1966",
    },
    locale: { type: 'string', value: 'en|de', default: 'en', description: 'the language of the greeting' },
  },
  details: 'docs/elyza.md explains scripts. Ctrl-D ends the conversation.',
});

const print = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const language = LANGUAGES.find((name) => name === values.locale) ?? refuse('--locale is en or de.');
  const elyza = values.script
    ? new Elyza(readScript(values.script))
    : new BilingualElyza(loadScripts(), { language, de: newConversation(), en: newConversation() }, loadHelp());

  const isTerminal = process.stdin.isTTY;
  const lines = createInterface({ input: process.stdin, ...(isTerminal && { output: process.stdout, prompt: '> ' }) });
  if (isTerminal) {
    print(elyza.greeting);
    lines.prompt();
  }
  for await (const line of lines) {
    if (line.trim()) print(elyza.answer(line));
    if (isTerminal) lines.prompt();
  }
  return 0;
}

void runCommand(main);

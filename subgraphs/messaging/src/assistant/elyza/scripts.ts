/** The scripts of Elyza: those of this package, and those that an operator puts in their place. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Language } from '@chat/kit/text-analysis/language';
import { parseScript, type ElyzaScript } from './elyza-script';
import { HelpTopics } from './help-topics';
import { LookupQuestions } from './lookup-questions';

const FOLDER = join(__dirname, 'scripts');

/**
 * The script of each language.
 * @param folder may hold `elyza.de.txt` and `elyza.en.txt`, which replace those of this package
 * @throws StartupError if a script is wrong
 */
export function loadScripts(folder?: string): Record<Language, ElyzaScript> {
  const load = (language: Language) => readScript(pathOf(`elyza.${language}.txt`, folder));
  return { de: load('de'), en: load('en') };
}

/** The help of each language, likewise from `help.de.txt` and `help.en.txt`. @throws StartupError if a file is wrong */
export function loadHelp(folder?: string): Record<Language, HelpTopics> {
  const load = (language: Language) => HelpTopics.parse(readFileSync(pathOf(`help.${language}.txt`, folder), 'utf8'));
  return { de: load('de'), en: load('en') };
}

/** The lookups of each language, likewise from `lookup.de.txt` and `lookup.en.txt`. @throws StartupError if a file is wrong */
export function loadLookups(folder?: string): Record<Language, LookupQuestions> {
  const load = (language: Language) =>
    LookupQuestions.parse(readFileSync(pathOf(`lookup.${language}.txt`, folder), 'utf8'));
  return { de: load('de'), en: load('en') };
}

function pathOf(name: string, folder?: string): string {
  const own = folder && join(folder, name);
  return own && existsSync(own) ? own : join(FOLDER, name);
}

/** @throws StartupError if the script is wrong, or the system's error if the file cannot be read */
export function readScript(path: string): ElyzaScript {
  return parseScript(readFileSync(path, 'utf8'));
}

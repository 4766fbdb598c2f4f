/** Reads the files of training and evaluation: tab-separated English comments, and German texts as CSV. */
import { readFileSync } from 'node:fs';
import type { Language } from '@chat/kit/text-analysis/language';
import { StartupError } from '@chat/kit/process/startup-error';

export interface Example {
  text: string;
  /** 0 or 1 per label. */
  labels: Uint8Array;
}

/** The labels of a data set, in the order of its columns or indexes. */
export const LABELS: Record<Language, readonly string[]> = {
  en: ['anger', 'disgust', 'fear', 'joy', 'neutral', 'sadness', 'surprise'],
  de: ['anger', 'disgust', 'fear', 'joy', 'sadness', 'surprise'],
};

/** @throws StartupError with the line that is wrong */
export function readExamples(path: string, language: Language): Example[] {
  const text = readFileSync(path, 'utf8');
  const examples = language === 'en' ? readTabSeparated(text, path) : readCsv(text, path);
  if (examples.length === 0) throw new StartupError(`${path} has no examples.`);
  return examples;
}

/** `text <tab> indexes of labels, separated by commas <tab> id` */
function readTabSeparated(content: string, path: string): Example[] {
  const lines = content.split('\n').map((line) => line.replace(/\r$/, ''));
  return lines.flatMap((line, i) => {
    if (line === '') return [];
    const [text, indexes] = line.split('\t');
    const labels = new Uint8Array(LABELS.en.length);
    for (const index of indexes?.split(',') ?? ['']) {
      if (!/^\d+$/.test(index) || Number(index) >= labels.length)
        throw new StartupError(`${path}:${i + 1}: expected a text, a tab and indexes below ${labels.length}.`);
      labels[Number(index)] = 1;
    }
    return [{ text: text!, labels }];
  });
}

/** A header that names the columns, then an id, a text, and 0 or 1 for each emotion. */
function readCsv(content: string, path: string): Example[] {
  const [header, ...rows] = parseCsv(content);
  const textColumn = header?.indexOf('text') ?? -1;
  const columns = LABELS.de.map((label) => header?.indexOf(label) ?? -1);
  if (textColumn < 0 || columns.includes(-1))
    throw new StartupError(`${path}: expected the columns text, ${LABELS.de.join(', ')}.`);
  return rows.map((row, i) => {
    const labels = Uint8Array.from(columns, (column) => {
      if (!/^[01]$/.test(row[column] ?? ''))
        throw new StartupError(`${path}: row ${i + 2}: expected 0 or 1 per emotion.`);
      return Number(row[column]);
    });
    return { text: row[textColumn]!, labels };
  });
}

/** RFC 4180: fields in double quotes may hold commas, line breaks and doubled quotes. */
function parseCsv(content: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|$)/y;
  while (field.lastIndex < content.length) {
    const match = field.exec(content);
    if (!match) throw new StartupError(`The CSV is malformed at character ${field.lastIndex}.`);
    row.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] !== ',') {
      rows.push(row);
      row = [];
    }
  }
  if (row.length > 0) rows.push(row);
  return rows.filter((fields) => fields.length > 1);
}

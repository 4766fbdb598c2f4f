/** Glossaries as CSV (RFC 4180): one term a row. Cells that a spreadsheet would run as formulas are written as text. */
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import type { Concept, GlossaryTerm } from './glossary';

const COLUMNS = [
  'concept',
  'id',
  'locale',
  'term',
  'definition',
  'synonyms',
  'abbreviations',
  'usage_note',
  'status',
  'replacement',
  'related',
] as const;
type Column = (typeof COLUMNS)[number];

/** A spreadsheet runs a cell that begins with one of these. An apostrophe before it prevents that. */
const FORMULA = /^'*[=+\-@\t\r]/;

export function* writeCsv(concepts: Iterable<Concept>): Generator<string> {
  yield stringify([[...COLUMNS]]);
  for (const { id, terms } of concepts) {
    const rows = terms.map((term) => {
      const cells: Record<Column, string> = {
        concept: id,
        id: term.id,
        locale: term.locale,
        term: term.term,
        definition: term.definition,
        synonyms: joined(term.synonyms),
        abbreviations: joined(term.abbreviations),
        usage_note: term.usageNote ?? '',
        status: term.status,
        replacement: term.replacementId ?? '',
        related: joined(term.relatedIds),
      };
      return COLUMNS.map((column) => (FORMULA.test(cells[column]) ? `'${cells[column]}` : cells[column]));
    });
    yield stringify(rows);
  }
}

/**
 * The separator is a comma, a semicolon or a tab. Only the column `term` is required; rows of one `concept` are translations.
 * @throws Error with the reason if the text is no CSV or has no such column
 */
export function readCsv(text: string): Concept[] {
  const rows: string[][] = parse(text, {
    bom: true,
    delimiter: delimiterOf(text),
    relax_column_count: true,
    skip_empty_lines: true,
  });
  const [head = [], ...body] = rows;
  const names = head.map((name) =>
    name
      .trim()
      .toLowerCase()
      .replace(/[\s-]+/g, '_'),
  );
  if (!names.includes('term')) throw new Error('The first row has no column `term`.');
  const concepts = new Map<string, Concept>();
  for (const [number, row] of body.entries()) {
    const cell = (column: Column) => {
      const value = row[names.indexOf(column)] ?? '';
      return FORMULA.test(value) && value.startsWith("'") ? value.slice(1) : value;
    };
    const id = cell('concept') || `row-${number}`;
    const concept: Concept = concepts.get(id) ?? { id, terms: [] };
    concepts.set(id, concept);
    concept.terms.push({
      id: cell('id') || `row-${number}`,
      term: cell('term').trim(),
      locale: cell('locale').trim(),
      definition: cell('definition').trim(),
      synonyms: split(cell('synonyms')),
      abbreviations: split(cell('abbreviations')),
      usageNote: cell('usage_note').trim() || null,
      status: statusOf(cell('status')),
      replacementId: cell('replacement') || null,
      relatedIds: split(cell('related')),
    });
  }
  return [...concepts.values()];
}

function statusOf(text: string): GlossaryTerm['status'] {
  const status = text.trim().toUpperCase();
  return status === 'APPROVED' || status === 'DEPRECATED' ? status : 'PROPOSED';
}

/** The most frequent separator of the first line. */
function delimiterOf(text: string): string {
  const line = text.slice(0, 10_000).split(/[\r\n]/, 1)[0]!;
  const count = (sign: string) => line.split(sign).length;
  return [',', ';', '\t'].reduce((best, sign) => (count(sign) > count(best) ? sign : best));
}

/** A bar separates texts; a backslash comes before a bar or backslash within one. */
const joined = (texts: readonly string[]) => texts.map((text) => text.replace(/[\\|]/g, '\\$&')).join(' | ');

function split(cell: string): string[] {
  const texts = [''];
  for (let at = 0; at < cell.length; at++) {
    if (cell[at] === '|') texts.push('');
    else {
      if (cell[at] === '\\' && at + 1 < cell.length) at++;
      texts[texts.length - 1] += cell[at]!;
    }
  }
  return texts.map((text) => text.trim()).filter((text) => text !== '');
}

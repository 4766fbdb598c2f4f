/**
 * Finds the terms that occur in a text, in any inflected form. One Aho–Corasick automaton holds the keys of all terms; it is rebuilt in the
 * background when the dictionary has changed. Until then the earlier one answers.
 */
import type { EntityManager } from '@chat/kit/database/database';
import type { Logger } from '@chat/kit/logging';
import AhoCorasick from 'modern-ahocorasick';
import { readings, wordKeys, type KeyKind } from '../terms/term.keys';

/** How long an automaton is used before the dictionary's version is read again, in milliseconds. */
const FRESH_MS = 500;
/** Texts are read up to this length, in UTF-16 units. */
const MAX_LENGTH = 200_000;
const MAX_FOUND = 100;

interface Built {
  version: string;
  /** By kind of key. Forms hold terms and synonyms. */
  automata: Record<'FORM' | 'STEM_DE' | 'STEM_EN', AhoCorasick<string[]>>;
}

export class TermFinder {
  private built: Promise<Built> | undefined;
  private checkedAt = 0;

  constructor(
    private readonly fork: () => EntityManager,
    private readonly log: Logger,
  ) {}

  /** The ids of the terms in a text, in the order of their first occurrence; at most 100. */
  async find(text: string): Promise<string[]> {
    const { automata } = await this.current();
    const read = text.slice(0, MAX_LENGTH);
    const texts = readings(read).flatMap((tokens) => {
      const words = tokens.map((token) => ({ at: token.position, ...wordKeys(read, token) }));
      return [
        { automaton: automata.FORM, words, keys: words.map(({ plain }) => plain) },
        { automaton: automata.FORM, words, keys: words.map(({ spelled }) => spelled) },
        { automaton: automata.STEM_DE, words, keys: words.map(({ german }) => german) },
        { automaton: automata.STEM_EN, words, keys: words.map(({ english }) => english) },
      ];
    });
    const firstAt = new Map<string, number>();
    for (const { automaton, words, keys } of texts) {
      const starts = wordStarts(keys);
      for (const { start, data } of automaton.iterate(` ${keys.join(' ')} `)) {
        const at = words[starts.get(start) ?? 0]!.at;
        for (const id of data ?? []) firstAt.set(id, Math.min(firstAt.get(id) ?? at, at));
      }
    }
    return [...firstAt]
      .sort((a, b) => a[1] - b[1])
      .slice(0, MAX_FOUND)
      .map(([id]) => id);
  }

  private current(): Promise<Built> {
    if (!this.built) {
      this.checkedAt = Date.now();
      const first = this.build();
      first.catch(() => (this.built = undefined));
      return (this.built = first);
    }
    if (Date.now() - this.checkedAt > FRESH_MS) {
      this.checkedAt = Date.now();
      void this.refresh(this.built);
    }
    return this.built;
  }

  private async refresh(old: Promise<Built>): Promise<void> {
    try {
      if ((await readVersion(this.fork())) === (await old).version) return;
      const fresh = await this.build();
      this.built = Promise.resolve(fresh);
    } catch (error) {
      this.log.warn({ err: error }, 'could not rebuild the automaton of terms; the earlier one is used');
    }
  }

  private async build(): Promise<Built> {
    const version = await readVersion(this.fork());
    const rows = await this.fork().execute<{ kind: KeyKind; key: string; ids: string[] }[]>(
      `select case when kind in ('TERM', 'SYNONYM') then 'FORM' else kind end as kind, key, array_agg(distinct term_id::text) as ids
       from knowledge.term_keys group by 1, 2`,
    );
    const automatonOf = (kind: string) =>
      new AhoCorasick<string[]>(
        rows.filter((row) => row.kind === kind).map(({ key, ids }) => ({ pattern: ` ${key} `, data: ids })),
      );
    return {
      version,
      automata: { FORM: automatonOf('FORM'), STEM_DE: automatonOf('STEM_DE'), STEM_EN: automatonOf('STEM_EN') },
    };
  }
}

/** The number of the word at each offset of the joined text. */
function wordStarts(keys: readonly string[]): Map<number, number> {
  const starts = new Map<number, number>();
  let offset = 0;
  for (const [index, key] of keys.entries()) {
    starts.set(offset, index);
    offset += key.length + 1;
  }
  return starts;
}

async function readVersion(em: EntityManager): Promise<string> {
  const [row] = await em.execute<{ version: string }[]>('select version from knowledge.dictionary_state');
  return String(row!.version);
}

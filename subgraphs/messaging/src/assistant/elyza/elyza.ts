/**
 * The conversation engine of 1966: finds keywords, substitutes words, and transforms the sentence by the rule of the keyword with the
 * highest rank. Source: Weizenbaum, CACM 9(1), 1966, and the MAD-SLIP listing of ELIZA. Works without network and without a model.
 *
 * Deterministic: the same script, state and sentence give the same answer. Answers of a rule come in turn. The state is plain JSON.
 */
import { decompose, reassemble, wordFrom, type Word } from './decomposition';
import type { ElyzaScript, KeywordRule, Transformation } from './elyza-script';
import { slipHash } from './slip-hash';
import { clean, splitWords, tidy } from './sentence';

/** Everything that a conversation carries from one sentence to the next, as JSON. */
export interface ElyzaState {
  /** Counts sentences from 1 to 4 and over again. In state 4 a sentence without keyword is answered from memory. */
  limit: number;
  /** `KEYWORD/number of its transformation` → the number of the next answer. */
  turns: Record<string, number>;
  /** Answers kept for later, the oldest first. */
  memories: string[];
}

export const newConversation = (): ElyzaState => ({ limit: 1, turns: {}, memories: [] });

/** Answers of the machine itself if a script has no fitting rule, by {@link ElyzaState.limit}. */
const WITHOUT_RULE = ['PLEASE CONTINUE', 'HMMM', 'GO ON , PLEASE', 'I SEE'];

/** Most keywords that are tried, since scripts can link in circles. */
const MAX_LINKS = 50;

/** Most memories that are kept; the oldest are forgotten. */
const MAX_MEMORIES = 50;

export class Elyza {
  constructor(
    private readonly script: ElyzaScript,
    /** Changes with every answer. */
    readonly state: ElyzaState = newConversation(),
  ) {}

  /** The first sentence of a conversation. */
  get greeting(): string {
    const { greeting, isUpperCase } = this.script;
    return isUpperCase ? greeting : tidy(greeting);
  }

  /** @param sentence any text; only its first 200 words are read */
  answer(sentence: string): string {
    const { state, script } = this;
    state.limit = (state.limit % WITHOUT_RULE.length) + 1;
    const cleaned = clean(sentence);
    const words = splitWords(script.isUpperCase ? cleaned.toLocaleUpperCase('de') : cleaned);
    const { clause, keywords } = this.scan(words);
    if (keywords.length === 0 && state.limit === WITHOUT_RULE.length) {
      const memory = state.memories.shift();
      if (memory !== undefined) return memory;
    }
    return this.transform(clause, keywords) ?? this.print(this.applyNone(clause));
  }

  /** The first clause that has a keyword, with its words substituted, and its keywords in the order in which they are tried. */
  private scan(words: readonly Word[]): { clause: Word[]; keywords: string[] } {
    let clause: Word[] = [];
    const keywords: string[] = [];
    let topRank = 0;
    for (const word of words) {
      if (this.isDelimiter(word)) {
        if (keywords.length > 0) break;
        clause = [];
        continue;
      }
      const rule = this.script.rules.get(word.key);
      if (rule && (rule.transformations.length > 0 || rule.link)) {
        if (rule.rank > topRank) {
          keywords.unshift(rule.keyword);
          topRank = rule.rank;
        } else keywords.push(rule.keyword);
      }
      clause.push(rule?.substitute ? wordFrom(rule.substitute) : word);
    }
    return { clause, keywords };
  }

  private isDelimiter({ key }: Word): boolean {
    return key === ',' || key === '.' || this.script.delimiters.has(key);
  }

  /** The answer of the first keyword that has one; undefined if none has. */
  private transform(clause: Word[], keywords: string[]): string | undefined {
    let words = clause;
    const queue = [...keywords];
    for (let links = 0; queue.length > 0 && links < MAX_LINKS; links++) {
      const rule = this.script.rules.get(queue.shift()!);
      if (!rule) return this.withoutRule();
      this.remember(rule.keyword, words);
      const next = this.apply(rule, words);
      if (next === undefined) return this.withoutRule();
      if (next.answer) return this.print(next.answer);
      if (next.sentence) words = next.sentence;
      if (next.keyword !== undefined) queue.unshift(next.keyword);
    }
    return undefined;
  }

  /** @returns an answer, or the keyword to try next; undefined if no pattern matches */
  private apply(
    rule: KeywordRule,
    words: Word[],
  ): { answer?: Word[]; sentence?: Word[]; keyword?: string } | undefined {
    for (const [index, transformation] of rule.transformations.entries()) {
      const parts = decompose(transformation.pattern, words, this.script.tags);
      if (!parts) continue;
      const reassembly = this.nextOf(rule.keyword, index, transformation);
      if (reassembly.kind === 'newkey') return {};
      if (reassembly.kind === 'link') return { keyword: reassembly.keyword };
      const sentence = reassemble(reassembly.parts, parts);
      return reassembly.kind === 'answer' ? { answer: sentence } : { sentence, keyword: reassembly.keyword };
    }
    return rule.link === undefined ? undefined : { keyword: rule.link };
  }

  private applyNone(words: Word[]): Word[] {
    const reassembly = this.nextOf('NONE', 0, this.script.none);
    const parts = decompose(this.script.none.pattern, words, this.script.tags) ?? [];
    return reassembly.kind === 'answer' ? reassemble(reassembly.parts, parts) : [];
  }

  /** Answers come in turn, each as often as the others. */
  private nextOf(keyword: string, index: number, { reassemblies }: Transformation) {
    const place = `${keyword}/${index}`;
    const turn = (this.state.turns[place] ?? 0) % reassemblies.length;
    this.state.turns[place] = (turn + 1) % reassemblies.length;
    return reassemblies[turn]!;
  }

  private remember(keyword: string, words: readonly Word[]): void {
    const { memory, tags } = this.script;
    const last = words.at(-1);
    if (keyword !== memory.keyword || !last) return;
    const { pattern, answer } = memory.transformations[slipHash(last.key, 2)]!;
    const parts = decompose(pattern, words, tags);
    if (!parts) return;
    this.state.memories.push(this.print(reassemble(answer, parts)));
    if (this.state.memories.length > MAX_MEMORIES) this.state.memories.shift();
  }

  private withoutRule(): string | undefined {
    return this.script.isUpperCase ? WITHOUT_RULE[this.state.limit - 1]! : undefined;
  }

  private print(words: readonly Word[]): string {
    const text = words.map((word) => word.text).join(' ');
    return this.script.isUpperCase ? text : tidy(text);
  }
}

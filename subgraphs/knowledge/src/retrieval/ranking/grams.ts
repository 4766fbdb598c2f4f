/** Character 3- to 5-grams of words, which match inflections, compounds and misspellings. Holds no score. */

const SIZES = [3, 4, 5];

/** The grams of a word. Its boundaries count as a character. */
function gramsOf(form: string): string[] {
  const word = `_${form}_`;
  const grams: string[] = [];
  for (const size of SIZES) for (let i = 0; i + size <= word.length; i++) grams.push(word.slice(i, i + size));
  return grams;
}

/** Finds the grams of one query in words. Remembers each word, as the passages of a query share most of theirs. */
export class QueryGrams {
  readonly grams: readonly string[];
  private readonly index = new Map<string, number>();
  private readonly known = new Map<string, readonly number[]>();

  constructor(forms: readonly string[]) {
    for (const form of forms)
      for (const gram of gramsOf(form)) if (!this.index.has(gram)) this.index.set(gram, this.index.size);
    this.grams = [...this.index.keys()];
  }

  /** The indexes of the query's grams in a word. */
  matches(form: string): readonly number[] {
    let found = this.known.get(form);
    if (!found) {
      found = gramsOf(form).flatMap((gram) => this.index.get(gram) ?? []);
      this.known.set(form, found);
    }
    return found;
  }
}

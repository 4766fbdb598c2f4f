/** The measures of a ranking: recall@1, recall@5 and MRR@10. */

export interface Measures {
  questions: number;
  recall1: number;
  recall5: number;
  mrr10: number;
}

/** @param ranks the rank of the right answer to each question, from 1; 0 if it was not found */
export function measuresOf(ranks: readonly number[]): Measures {
  const mean = (score: (rank: number) => number) =>
    ranks.reduce((sum, rank) => sum + (rank > 0 ? score(rank) : 0), 0) / Math.max(ranks.length, 1);
  return {
    questions: ranks.length,
    recall1: mean((rank) => (rank <= 1 ? 1 : 0)),
    recall5: mean((rank) => (rank <= 5 ? 1 : 0)),
    mrr10: mean((rank) => (rank <= 10 ? 1 / rank : 0)),
  };
}

export const printMeasures = ({ questions, recall1, recall5, mrr10 }: Measures): string =>
  `${questions} questions  recall@1 ${recall1.toFixed(4)}  recall@5 ${recall5.toFixed(4)}  MRR@10 ${mrr10.toFixed(4)}`;

/** Reads a file of paragraphs with questions, in the form of SQuAD and XQuAD. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const dataSet = z.object({
  data: z.array(
    z.object({
      title: z.string().optional(),
      paragraphs: z.array(z.object({ context: z.string(), qas: z.array(z.object({ question: z.string() })) })),
    }),
  ),
});

export interface Question {
  text: string;
  /** The index of the paragraph that answers it. */
  paragraph: number;
  /** The number of the article, so that questions about one text stay on one side of a split. */
  article: number;
}

export interface DataSet {
  paragraphs: string[];
  questions: Question[];
}

/** @throws ZodError if the file has another form */
export function readDataSet(path: string): DataSet {
  const { data } = dataSet.parse(JSON.parse(readFileSync(path, 'utf8')));
  const paragraphs: string[] = [];
  const questions: Question[] = [];
  for (const [article, { paragraphs: texts }] of data.entries())
    for (const { context, qas } of texts) {
      for (const { question } of qas) questions.push({ text: question, paragraph: paragraphs.length, article });
      paragraphs.push(context);
    }
  return { paragraphs, questions };
}

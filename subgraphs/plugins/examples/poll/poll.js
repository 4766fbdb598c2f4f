/** The texts of polls, without the chat. */

/** @returns the question and its answers, or the `problem` in words for the person who typed it */
export function parsePoll(text, maxAnswers) {
  const end = text.indexOf('?');
  if (end < 1) return { problem: 'Write a question that ends with a question mark, and its answers after it.' };
  const answers = [
    ...new Set(
      text
        .slice(end + 1)
        .split(',')
        .map((answer) => answer.trim())
        .filter(Boolean),
    ),
  ];
  if (answers.length < 2) return { problem: 'Write at least two answers, separated by commas.' };
  if (answers.length > maxAnswers) return { problem: `A poll has at most ${maxAnswers} answers.` };
  return { question: text.slice(0, end + 1), answers };
}

/** Markdown with the number of votes of each answer. */
export function textOf({ question, answers }, votes) {
  const numbers = answers.map((_, index) => Object.values(votes).filter((vote) => vote === index).length);
  return [`**${question}**`, ...answers.map((answer, index) => `- ${answer}: ${numbers[index]}`)].join('\n');
}

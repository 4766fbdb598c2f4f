/** Waits for an answer of the assistant. On a busy machine askAssistant responds before its end. */
import { eventually } from '@chat/kit/testing/eventually';
import { isEnded } from '../assistant/answers/answer.entity';
import type { Person } from './test-messaging';

const ASK = 'mutation ($input: AskAssistantInput!) { askAssistant(input: $input) { id } }';

/** Asks, and returns the fields of the answer when it has ended and its message exists. An answer without text has no message. */
export async function endedAnswer(person: Person, input: object, fields: string): Promise<any> {
  const { id } = (await person.does(ASK, { input })).askAssistant;
  const query = `query ($id: ID!) { assistantAnswer(id: $id) { id state body message { id } ${fields} } }`;
  return eventually(async () => {
    const { assistantAnswer: answer } = await person.does(query, { id });
    return isEnded(answer.state) && (answer.message !== null || answer.body === '') && answer;
  });
}

/** Servers with OpenAI's API for chat completions: answers as server-sent events. */
import { guardedFetch, type StreamLimits } from './guarded-fetch';
import { ModelError, modelErrorFrom, namedTurn, type LanguageModel, type ModelRequest } from './language-model';

export interface OpenAiOptions extends StreamLimits {
  /** With the version, such as `https://api.openai.com/v1`, which is the default. */
  baseUrl?: string;
  /** Servers on the own network often need none. */
  apiKey?: string;
  model: string;
}

const OPENAI = 'https://api.openai.com/v1';

export class OpenAiModel implements LanguageModel {
  readonly name = 'openai';

  constructor(private readonly options: OpenAiOptions) {}

  async *stream({ turns, maxTokens }: ModelRequest, signal: AbortSignal): AsyncGenerator<string> {
    const { model, baseUrl = OPENAI } = this.options;
    let isComplete = false;
    // Some servers send no finish reason, but all of them send this. The client does not pass it on.
    const noteEnd = (line: string): undefined => {
      isComplete ||= line === 'data: [DONE]';
    };
    try {
      const client = await openAiClient(this.options, signal, noteEnd);
      const parts = await client.chat.completions.create(
        {
          model,
          messages: turns.map(namedTurn),
          stream: true,
          // OpenAI has renamed the argument; servers that follow its API know the first name.
          ...(baseUrl.startsWith(OPENAI) ? { max_completion_tokens: maxTokens } : { max_tokens: maxTokens }),
        },
        { signal },
      );
      for await (const { choices } of parts) {
        const [choice] = choices ?? [];
        if (choice?.delta?.content) yield choice.delta.content;
        if (choice?.finish_reason) isComplete = true;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof SyntaxError)
        throw new ModelError('MALFORMED', 'An event of the stream is not JSON.', { cause: error });
      const { APIConnectionError, APIError } = await loadClient();
      if (error instanceof APIError && !(error instanceof APIConnectionError))
        throw new ModelError('FAILED', `The provider reported: ${error.message}`, { cause: error });
      throw modelErrorFrom(error, signal);
    }
    signal.throwIfAborted(); // the client ends its stream without an error then
    if (!isComplete) throw new ModelError('CUT', 'The stream ended before the answer did.');
  }

  async probe(signal: AbortSignal): Promise<void> {
    try {
      const client = await openAiClient(this.options, signal);
      await client.models.list({ signal });
    } catch (error) {
      throw modelErrorFrom(error, signal);
    }
  }
}

/** The module is loaded with the first request, since it takes several megabytes and most installations ask no such server. */
const loadClient = async () => (await import('openai')).default;

/** A client for one request. @param noteLine called with each line of the response */
export const openAiClient = async (
  options: OpenAiOptions,
  signal: AbortSignal,
  noteLine?: (line: string) => undefined,
) =>
  new (await loadClient())({
    baseURL: options.baseUrl ?? OPENAI,
    apiKey: options.apiKey ?? 'none',
    // The environment of the process has other settings than ours.
    organization: null,
    project: null,
    fetch: guardedFetch({ ...options, signal, checkLine: noteLine }),
    maxRetries: 0,
    logLevel: 'off',
  });

/** Ollama (https://docs.ollama.com/api): answers as newline-delimited JSON over HTTP. */
import { Ollama } from 'ollama';
import { guardedFetch, type StreamLimits } from './guarded-fetch';
import { ModelError, modelErrorFrom, namedTurn, type LanguageModel, type ModelRequest } from './language-model';

export interface OllamaOptions extends StreamLimits {
  baseUrl: string;
  /** As `ollama list` names it. */
  model: string;
}

export class OllamaModel implements LanguageModel {
  readonly name = 'ollama';

  constructor(private readonly options: OllamaOptions) {}

  async *stream({ turns, maxTokens }: ModelRequest, signal: AbortSignal): AsyncGenerator<string> {
    const end = new AbortController();
    try {
      const parts = await this.client(AbortSignal.any([signal, end.signal])).chat({
        model: this.options.model,
        messages: turns.map(namedTurn),
        stream: true,
        options: { num_predict: maxTokens },
      });
      for await (const { message } of parts) if (message?.content) yield message.content;
    } catch (error) {
      // The client's error for a stream without a last part, which it cannot tell apart otherwise.
      if (error instanceof Error && error.message.startsWith('Did not receive done'))
        throw new ModelError('CUT', 'The stream ended before its last part.');
      throw modelErrorFrom(error, signal);
    } finally {
      end.abort(); // the client keeps the connection of a stream that is left
    }
  }

  async probe(signal: AbortSignal): Promise<void> {
    const { models } = await this.client(signal)
      .list()
      .catch((error: unknown) => {
        throw modelErrorFrom(error, signal);
      });
    const { model } = this.options;
    if (!models.some(({ name }) => name === model || name === `${model}:latest`))
      throw new ModelError('REFUSED', `Ollama has no model ${model}.`);
  }

  /** A client for one request, because the client has no signal for a single request. */
  private client(signal: AbortSignal): Ollama {
    return new Ollama({ host: this.options.baseUrl, fetch: guardedFetch({ ...this.options, signal, checkLine }) });
  }
}

/** The client skips lines that it cannot parse, which would lose tokens without a trace. */
function checkLine(line: string): ModelError | undefined {
  let part: unknown;
  try {
    part = JSON.parse(line);
  } catch (cause) {
    return new ModelError('MALFORMED', 'A line of the stream is not JSON.', { cause });
  }
  if (typeof part !== 'object' || part === null)
    return new ModelError('MALFORMED', 'A line of the stream is no object.');
  return 'error' in part ? new ModelError('FAILED', `The provider reported: ${String(part.error)}`) : undefined;
}

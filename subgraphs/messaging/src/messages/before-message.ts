/**
 * Asks whether a message may be sent or changed as it is, before it is stored: plugins may refuse or rewrite it. Asks by function call in the
 * same process, or over HTTP. Knows no plugin.
 */
import { VIEWER_HEADER, type ViewerHeader } from '@chat/kit/auth/viewer-header';
import { ApiError, badUserInput } from '@chat/kit/errors';
import { correlationHeaders, type Logger } from '@chat/kit/logging';
import type { Subgraph } from '@chat/kit/graphql/subgraph';
import { request } from 'undici';

/** The name of the question, and its path over HTTP. */
const BEFORE_MESSAGE = 'before-message';

/** Beyond the time that the other side allows itself, in milliseconds. */
const SLACK_MS = 50;

export interface MessageQuestion {
  channelId: string;
  authorId: string;
  body: string;
  isEdit: boolean;
}

type Verdict = { body: string } | { refusal: string };

export interface BeforeMessageOptions {
  /** Where to ask; nobody is asked without it, unless a subgraph of this process answers. */
  url: string | undefined;
  /** Deadline for an answer over HTTP, in milliseconds. */
  timeoutMs: number;
  /** `closed` refuses messages while nobody answers. */
  onFailure: 'open' | 'closed';
  viewerHeader: ViewerHeader;
  log: Logger;
  /** The subgraphs of this process. */
  others: readonly Subgraph[];
}

export class BeforeMessage {
  constructor(private readonly options: BeforeMessageOptions) {}

  /** @returns the body to store. @throws BAD_USER_INPUT if it is refused; SERVICE_UNAVAILABLE if nobody answers and messages need an answer */
  async check(question: MessageQuestion): Promise<string> {
    const ask = this.asker();
    if (!ask) return question.body;
    let verdict: Verdict;
    try {
      verdict = await ask(question);
    } catch (error) {
      this.options.log.warn({ err: error }, 'the plugins that check messages did not answer');
      if (this.options.onFailure === 'open') return question.body;
      throw new ApiError('SERVICE_UNAVAILABLE', 'The message could not be checked. Send it again later.');
    }
    if ('refusal' in verdict) throw badUserInput({ body: verdict.refusal });
    return verdict.body;
  }

  private asker(): ((question: MessageQuestion) => Promise<Verdict>) | undefined {
    const { others, url } = this.options;
    const answer = others.map(({ answers }) => answers?.[BEFORE_MESSAGE]).find(Boolean);
    if (answer) return async (question) => (await answer(question)) as Verdict;
    return url === undefined ? undefined : (question) => this.ask(url, question);
  }

  private async ask(url: string, question: MessageQuestion): Promise<Verdict> {
    const { statusCode, body } = await request(new URL(`/${BEFORE_MESSAGE}`, url), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...correlationHeaders(),
        [VIEWER_HEADER]: this.options.viewerHeader.sign(null),
      },
      body: JSON.stringify(question),
      signal: AbortSignal.timeout(this.options.timeoutMs + SLACK_MS),
    });
    if (statusCode !== 200) {
      await body.dump();
      throw new Error(`The plugins subgraph answered with ${statusCode}.`);
    }
    return (await body.json()) as Verdict;
  }
}

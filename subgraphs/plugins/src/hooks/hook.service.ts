/**
 * Before-hooks: asks the plugins that check messages, one after the other in their order. All together have one deadline; the operator chose
 * whether a failure lets the message pass.
 */
import { z } from 'zod';
import { hasHook, isGranted, type Plugin } from '../registry/plugin';
import type { PluginDirectory } from '../registry/plugin.directory';
import type { PluginRuntime } from '../registry/plugin.runtime';
import type { CallResult } from '../sandbox/sandbox';

export const question = z.object({
  channelId: z.string(),
  authorId: z.string(),
  body: z.string(),
  isEdit: z.boolean(),
});

export type MessageQuestion = z.output<typeof question>;

/** The text to store, or the reason for which the message is refused. */
export type Verdict = { body: string } | { refusal: string };

const MAX_REASON = 500;

export const verdict = z.union([
  z.null(),
  z.strictObject({ text: z.string().min(1).max(100_000) }),
  z.strictObject({ refuse: z.string().min(1) }),
]);

export interface HookOptions {
  /** For all plugins together, in milliseconds. */
  totalMs: number;
  onFailure: 'open' | 'closed';
}

export class HookService {
  constructor(
    private readonly directory: PluginDirectory,
    private readonly runtime: PluginRuntime,
    private readonly options: HookOptions,
  ) {}

  async beforeMessage({ body, ...message }: MessageQuestion): Promise<Verdict> {
    const plugins = (await this.directory.enabled()).filter(
      (plugin) =>
        hasHook(plugin, 'beforeMessage') && isGranted(plugin, 'messages:check') && plugin.botId !== message.authorId,
    );
    const deadline = performance.now() + this.options.totalMs;
    let text = body;
    for (let rest = plugins; rest.length > 0;) {
      const results = await this.ask(rest, { ...message, text }, deadline - performance.now());
      const last = results.at(-1);
      const answer = last?.end === 'returned' ? verdict.safeParse(last.value).data : undefined;
      const { name } = rest[Math.max(0, results.length - 1)]!;
      // None ran if all are late.
      rest = rest.slice(Math.max(1, results.length));
      if (answer === undefined) {
        if (this.options.onFailure === 'open') continue;
        return { refusal: `The message could not be checked by ${name}. Send it again later.` };
      }
      if (answer && 'refuse' in answer) return { refusal: answer.refuse.toWellFormed().slice(0, MAX_REASON) };
      if (answer) ({ text } = answer);
    }
    return { body: text.toWellFormed() };
  }

  /** Asks one plugin after the other, until one does not agree. @returns the results of those that were asked */
  private async ask(plugins: readonly Plugin[], message: object, leftMs: number): Promise<CallResult[]> {
    if (leftMs <= 0) return [];
    const invocation = { depth: 0, isHook: true };
    const calls = plugins.map((plugin) => ({
      plugin,
      path: ['hooks', 'beforeMessage'],
      argument: message,
      invocation,
    }));
    const asked = this.runtime.callInTurn(calls, { until: 'answer', totalMs: leftMs, callMs: leftMs });
    // The plugins may have to be loaded first.
    const late = Promise.withResolvers<CallResult[]>();
    const timer = setTimeout(() => late.resolve([]), leftMs);
    return Promise.race([asked, late.promise]).finally(() => clearTimeout(timer));
  }
}

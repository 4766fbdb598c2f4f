/**
 * Before-hooks: asks the plugins that check messages, one after the other in their order. All together have one deadline; the operator chose
 * whether a failure lets the message pass.
 */
import { z } from 'zod';
import { hasHook, isGranted, type Plugin } from '../registry/plugin';
import type { PluginDirectory } from '../registry/plugin.directory';
import type { PluginRuntime } from '../registry/plugin.runtime';

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
    for (const plugin of plugins) {
      const verdict = await this.ask(plugin, { ...message, text }, deadline - performance.now());
      if (verdict === undefined) {
        if (this.options.onFailure === 'open') continue;
        return { refusal: `The message could not be checked by ${plugin.name}. Send it again later.` };
      }
      if (verdict && 'refuse' in verdict) return { refusal: verdict.refuse.toWellFormed().slice(0, MAX_REASON) };
      if (verdict) ({ text } = verdict);
    }
    return { body: text.toWellFormed() };
  }

  /** Null if the plugin has no objection; undefined if it fails or is late. */
  private async ask(plugin: Plugin, message: object, leftMs: number): Promise<z.output<typeof verdict> | undefined> {
    if (leftMs <= 0) return undefined;
    const options = { callMs: leftMs, totalMs: leftMs };
    const invocation = { depth: 0, isHook: true };
    const call = this.runtime.call(plugin, ['hooks', 'beforeMessage'], message, invocation, options);
    // The plugin may have to be loaded first.
    const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), leftMs).unref());
    const result = await Promise.race([call, late]);
    return result?.end === 'returned' ? verdict.safeParse(result.value).data : undefined;
  }
}

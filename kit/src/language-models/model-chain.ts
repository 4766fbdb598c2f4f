/**
 * Language models in the order in which they are tried. Each has a circuit breaker and a health probe. The next model is tried only until
 * the first text: once text has been passed on, another model would repeat it or contradict it, so the answer ends as incomplete.
 */
import {
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  isBrokenCircuitError,
  type CircuitBreakerPolicy,
} from 'cockatiel';
import type { Logger } from '../logging';
import { ModelError, type LanguageModel, type ModelRequest } from './language-model';
import { TextJoiner } from './text-joiner';

export interface ModelState {
  name: string;
  /** Whether the next question would be put to it. */
  available: boolean;
  /** Why it is not available; absent if it is. */
  fault?: ModelError['fault'] | 'RESTING';
}

export interface ModelAnswer {
  /** The model that gave the text; null if none gave any. */
  provider: string | null;
  isComplete: boolean;
  /** The last failure if the answer is incomplete. */
  error?: ModelError;
}

export interface AnswerOptions {
  /** Ends the answer, also at the provider. */
  signal: AbortSignal;
  /** Called with each part in order. The next part is not read before it resolves. Its errors end the answer and are thrown. */
  onText: (text: string, provider: string) => void | Promise<void>;
}

export interface ModelChainOptions {
  /** Consecutive failures after which a model rests; default 3. */
  failures?: number;
  /** How long it rests, in milliseconds; default 30,000. A probe decides about its return. */
  restMs?: number;
  /** The deadline of a probe, in milliseconds; default 3000. */
  probeMs?: number;
  /** How long the result of a probe is used, in milliseconds; default 10,000. */
  freshMs?: number;
}

/** A provider that asks for a pause without saying how long, in milliseconds. */
const PAUSE_MS = 5000;
/** The longest pause that a provider can ask for, in milliseconds. */
const MAX_PAUSE_MS = 600_000;

interface Link {
  model: LanguageModel;
  breaker: CircuitBreakerPolicy;
  /** Until when it is not asked, by `performance.now()`: it has failed repeatedly, or the provider asked for a pause. */
  restingUntil: number;
  /** The latest probe. */
  probe?: { at: number; result: Promise<ModelError['fault'] | undefined> };
}

export class ModelChain implements AsyncDisposable {
  private readonly links: Link[];
  private readonly probeMs: number;
  private readonly freshMs: number;

  constructor(
    models: readonly LanguageModel[],
    private readonly log: Logger,
    { failures = 3, restMs = 30_000, probeMs = 3000, freshMs = 10_000 }: ModelChainOptions = {},
  ) {
    this.probeMs = probeMs;
    this.freshMs = freshMs;
    this.links = models.map((model) => {
      const breaker = circuitBreaker(
        handleWhen((error) => error instanceof ModelError && error.isOutage),
        { halfOpenAfter: restMs, breaker: new ConsecutiveBreaker(failures) },
      );
      const link: Link = { model, breaker, restingUntil: 0 };
      breaker.onBreak(() => (link.restingUntil = performance.now() + restMs));
      return link;
    });
  }

  /** In the order in which they are tried. */
  get names(): string[] {
    return this.links.map(({ model }) => model.name);
  }

  /** @throws the reason of `signal`, and errors of `onText`; a failing model is reported in the result instead */
  async answer(request: ModelRequest, options: AnswerOptions): Promise<ModelAnswer> {
    let error = new ModelError('UNREACHABLE', 'No language model is available.');
    for (const link of this.links) {
      // After its rest one request tries it, and no other waits for the result.
      if (isResting(link) || link.breaker.state === CircuitState.HalfOpen) continue;
      let hasText = false;
      const noteText = () => (hasText = true);
      try {
        await link.breaker.execute(() => this.pass(link, request, options, noteText));
        return { provider: link.model.name, isComplete: true };
      } catch (caught) {
        options.signal.throwIfAborted();
        if (isBrokenCircuitError(caught)) continue;
        if (!(caught instanceof ModelError)) throw caught;
        // For readers of the text, a connection that is lost after it is a cut.
        error =
          hasText && caught.fault === 'UNREACHABLE' ? new ModelError('CUT', caught.message, { cause: caught }) : caught;
        this.note(link, error);
        if (hasText) return { provider: link.model.name, isComplete: false, error };
      }
    }
    return { provider: null, isComplete: false, error };
  }

  private async pass(link: Link, request: ModelRequest, options: AnswerOptions, noteText: () => void): Promise<void> {
    const { model, breaker } = link;
    if (breaker.state === CircuitState.HalfOpen) await this.probe(model, options.signal);
    const joiner = new TextJoiner();
    let isEmpty = true;
    for await (const part of model.stream(request, options.signal)) {
      options.signal.throwIfAborted();
      const text = joiner.add(part);
      if (text === '') continue;
      isEmpty = false;
      noteText();
      await options.onText(text, model.name);
    }
    options.signal.throwIfAborted();
    if (isEmpty) throw new ModelError('EMPTY', 'The answer has no text.');
  }

  private note(link: Link, error: ModelError): void {
    link.probe = undefined;
    if (error.fault === 'BUSY') {
      const pauseMs = Math.min(error.retryAfterMs ?? PAUSE_MS, MAX_PAUSE_MS);
      link.restingUntil = Math.max(link.restingUntil, performance.now() + pauseMs);
    }
    this.log.warn({ err: error, model: link.model.name, fault: error.fault }, 'a language model failed');
  }

  /** The state of all models, by probes that are at most `freshMs` old. */
  states(): Promise<ModelState[]> {
    return Promise.all(
      this.links.map(async (link) => {
        const { name } = link.model;
        if (isResting(link)) return { name, available: false, fault: 'RESTING' as const };
        const fault = await this.freshProbe(link);
        return { name, available: fault === undefined, ...(fault && { fault }) };
      }),
    );
  }

  private freshProbe(link: Link): Promise<ModelError['fault'] | undefined> {
    const now = performance.now();
    if (!link.probe || now - link.probe.at > this.freshMs) {
      const result = this.probe(link.model).then(
        () => undefined,
        (error: unknown) => (error instanceof ModelError ? error.fault : 'UNREACHABLE'),
      );
      link.probe = { at: now, result };
    }
    return link.probe.result;
  }

  /** @throws ModelError; the reason of `signal` if it aborts */
  private async probe(model: LanguageModel, signal?: AbortSignal): Promise<void> {
    const deadline = AbortSignal.timeout(this.probeMs);
    try {
      await model.probe(signal ? AbortSignal.any([deadline, signal]) : deadline);
    } catch (error) {
      signal?.throwIfAborted();
      throw deadline.aborted ? new ModelError('SILENT', `No answer to a probe in ${this.probeMs} ms.`) : error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { model } of this.links) await model[Symbol.asyncDispose]?.();
  }
}

const isResting = ({ restingUntil }: Link): boolean => performance.now() < restingUntil;

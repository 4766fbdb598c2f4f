/** The Apollo front of the current supergraph. A new supergraph gets a new front; the old one first finishes its requests. */
import type { Logger } from '@chat/kit/logging';
import type { SupergraphSource } from '../../supergraph/source';
import type { Supergraph } from '../../supergraph/supergraph';
import { ApolloFront, type ApolloFrontOptions } from './apollo-front';

export class ApolloFronts implements AsyncDisposable {
  /** Serialises replacements. */
  private changes: Promise<void> = Promise.resolve();
  private readonly stopWatching: () => void;
  private readonly log: Logger;

  private constructor(
    private front: ApolloFront,
    source: SupergraphSource,
    private readonly options: ApolloFrontOptions,
  ) {
    this.log = options.log;
    this.stopWatching = source.onChange((supergraph) => {
      this.changes = this.changes.then(() => this.replace(supergraph));
    });
  }

  static async start(source: SupergraphSource, options: ApolloFrontOptions): Promise<ApolloFronts> {
    return new ApolloFronts(await ApolloFront.start(source.current, options), source, options);
  }

  get current(): ApolloFront {
    return this.front;
  }

  private async replace(supergraph: Supergraph): Promise<void> {
    try {
      const previous = this.front;
      this.front = await ApolloFront.start(supergraph, this.options);
      await previous[Symbol.asyncDispose]();
    } catch (error) {
      this.log.error({ err: error }, 'the HTTP front could not be replaced for the new supergraph');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stopWatching();
    await this.changes;
    await this.front[Symbol.asyncDispose]();
  }
}

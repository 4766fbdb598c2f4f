/** The chat that `npm run alerts:try` watches and harms: a gateway, identity and messaging as processes, servers of its own, and people who use it. */
import { startPostgres } from '@chat/kit/embedded/postgres';
import { startRedis } from '@chat/kit/embedded/redis';
import type { EmbeddedService } from '@chat/kit/embedded/service';
import { TcpProxy } from '@chat/kit/testing/tcp-proxy';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CHAT, startDistributed, type Distributed } from '../../tests/harness/distributed';
import { RemotePerson } from '../../tests/harness/remote-person';

/** Pause between two operations of ordinary use, in milliseconds. */
const PAUSE_MS = 200;

const COMMON = {
  ACCESS_TOKEN_LIFETIME_SECONDS: '86400',
  DATABASE_POOL_SIZE: '4',
  EMBEDDINGS_ENABLED: 'false',
  ENABLE_ELYZA_FALLBACK: 'false',
};

export class WatchedChat implements AsyncDisposable {
  readonly mailDir: string;
  /** Prometheus reads the addresses of the processes there (`file_sd_configs`), and follows changes. */
  readonly targetsFile: string;
  private readonly targets = new Map<string, string>();
  private readonly parts = new AsyncDisposableStack();
  postgres!: EmbeddedService;
  redis!: EmbeddedService;
  /** Between messaging and PostgreSQL. */
  database!: TcpProxy;
  system!: Distributed;
  ada!: RemotePerson;
  channelId!: string;

  private constructor(readonly dir: string) {
    this.mailDir = join(dir, 'data', 'mail');
    this.targetsFile = join(dir, 'targets.json');
  }

  /** @param dir for the data of all servers */
  static async start(dir: string): Promise<WatchedChat> {
    await using started = new AsyncDisposableStack();
    const chat = started.use(new WatchedChat(dir));
    await chat.open();
    started.move();
    return chat;
  }

  private async open(): Promise<void> {
    const { dir, parts } = this;
    this.postgres = parts.use(await startPostgres({ dir: join(dir, 'postgres'), isThrowaway: true }));
    this.redis = parts.use(await startRedis({ dir: join(dir, 'redis'), isThrowaway: true }));
    this.database = parts.use(await TcpProxy.start(this.postgres.url));
    this.system = parts.use(
      await startDistributed({
        databaseUrl: this.postgres.url,
        databaseUrlOf: (subgraph) => (subgraph === 'messaging' ? this.database.url : undefined),
        redisUrl: this.redis.url,
        redisPrefix: '',
        copies: 1,
        only: CHAT,
        // An assistant whose server refuses connections.
        env: { ...COMMON, DATA_DIR: join(dir, 'data'), OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' },
      }),
    );
    this.ada = parts.use(await RemotePerson.registers(this.url, 'ada'));
    this.channelId = (await this.ada.opens()).channelId;
    await this.setTarget('gateway', this.url);
    for (const name of CHAT) await this.setTarget(name, await this.urlOf(name));
  }

  /** The `http://…/graphql` of a subgraph. */
  async urlOf(subgraph: string): Promise<string> {
    return (await this.system.subgraphs[subgraph]![0]!.waitFor(/"url":"([^"]+)"/))[1]!;
  }

  /** Lets Prometheus watch a process; without a URL, no longer. */
  async setTarget(component: string, url: string | undefined): Promise<void> {
    if (url) this.targets.set(component, new URL(url).host);
    else this.targets.delete(component);
    const groups = [...this.targets].map(([name, host]) => ({ targets: [host], labels: { component: name } }));
    await writeFile(`${this.targetsFile}.new`, JSON.stringify(groups));
    await rename(`${this.targetsFile}.new`, this.targetsFile);
  }

  /** The gateway's `http://…/graphql`. */
  get url(): string {
    return this.system.urls[0]!;
  }

  /** Ordinary use until `stop` is called: one operation at a time. */
  use(): () => Promise<void> {
    let count = 0;
    return this.keep(1, PAUSE_MS, () => this.ada.asks(count++ % 5 ? '{ me { id } }' : SEND, this.message()));
  }

  /** Repeats an operation until `stop` is called, in `parallel` loops. Its errors are ignored, because faults are tried here. */
  keep(parallel: number, pauseMs: number, ask: () => Promise<unknown>): () => Promise<void> {
    let isOver = false;
    const loops = Array.from({ length: parallel }, async () => {
      while (!isOver && !this.parts.disposed) {
        await ask().catch(() => undefined);
        await sleep(pauseMs);
      }
    });
    return async () => {
      isOver = true;
      await Promise.all(loops);
    };
  }

  message(body = 'good morning') {
    return { input: { channelId: this.channelId, body } };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.parts[Symbol.asyncDispose]();
  }
}

export const SEND = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }';

/** The system of a chaos run: real processes behind TCP proxies to a real PostgreSQL and a real Redis. */
import { freePort } from '@chat/kit/process/free-port';
import { TcpProxy } from '@chat/kit/testing/tcp-proxy';
import { Client } from 'pg';
import { Restartable } from './restartable';

export interface Servers {
  /** An empty database. */
  databaseUrl: string;
  redisUrl: string;
  redisPrefix: string;
}

const GATEWAYS = 2;

export class ChaosSystem implements AsyncDisposable {
  private readonly parts = new AsyncDisposableStack();
  private readonly servers: Servers;
  identity!: Restartable;
  messaging!: Restartable;
  readonly gateways: Restartable[] = [];
  /** `http://…/graphql` of each gateway. */
  readonly urls: string[] = [];
  /** The proxy of messaging. */
  postgres!: TcpProxy;
  /** The proxies of messaging, and of all gateways. */
  redis!: { messaging: TcpProxy; gateways: TcpProxy };

  private constructor(servers: Servers) {
    this.servers = servers;
  }

  static async start(servers: Servers): Promise<ChaosSystem> {
    const system = new ChaosSystem(servers);
    await using parts = new AsyncDisposableStack();
    parts.use(system);
    await system.startProcesses();
    parts.move();
    return system;
  }

  get processes(): Restartable[] {
    return [this.identity, this.messaging, ...this.gateways];
  }

  private async startProcesses(): Promise<void> {
    const { databaseUrl, redisUrl, redisPrefix } = this.servers;
    const proxy = async (url: string) => this.parts.use(await TcpProxy.start(url));
    this.postgres = await proxy(databaseUrl);
    this.redis = { messaging: await proxy(redisUrl), gateways: await proxy(redisUrl) };
    const env = {
      REDIS_PREFIX: redisPrefix,
      SECRET_KEY: 'a secret of the chaos run, of 32 characters or more',
      RATE_LIMIT_PER_MINUTE: '0',
      ACCESS_TOKEN_LIFETIME_SECONDS: '86400',
      BCRYPT_COST: '4',
      WEBHOOK_ALLOW_PRIVATE_ADDRESSES: 'true',
      LOG_LEVEL: 'info',
    };
    const ports = { identity: await freePort(), messaging: await freePort() };
    const subgraph = (name: keyof typeof ports, DATABASE_URL: string, REDIS_URL: string) =>
      this.parts.use(
        new Restartable(
          name,
          {
            args: [`subgraphs/${name}/src/main.ts`],
            env: { ...env, DATABASE_URL, REDIS_URL, PORT: String(ports[name]) },
          },
          /"msg":"ready"/,
        ),
      );
    this.identity = subgraph('identity', databaseUrl, redisUrl);
    this.messaging = subgraph('messaging', this.postgres.url, this.redis.messaging.url);
    const urlOf = (name: keyof typeof ports) => `http://127.0.0.1:${ports[name]}/graphql`;
    await Promise.all([this.identity.started(), this.messaging.started()]);
    for (let index = 0; index < GATEWAYS; index++) {
      const port = await freePort();
      this.urls.push(`http://127.0.0.1:${port}/graphql`);
      const gatewayEnv = {
        ...env,
        REDIS_URL: this.redis.gateways.url,
        SUBGRAPH_URLS: `identity=${urlOf('identity')},messaging=${urlOf('messaging')}`,
        TOKEN_INTROSPECTION_URL: urlOf('identity'),
        PORT: String(port),
      };
      const options = { args: ['gateway/src/main.ts'], env: gatewayEnv };
      this.gateways.push(this.parts.use(new Restartable(`gateway ${index + 1}`, options, /"msg":"listening"/)));
    }
    await Promise.all(this.gateways.map((gateway) => gateway.started()));
  }

  /** Expires the lease of a killed worker at once. Living workers renew theirs before they look for dead ones. */
  async expireLeases(): Promise<void> {
    const client = new Client({ connectionString: this.servers.databaseUrl });
    await client.connect();
    await client.query(`update job_workers.lease set expires_at = now() where worker_id in (
      select locked_by from graphile_worker.jobs where task_identifier like 'messaging%')`);
    await client.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.parts.disposeAsync();
  }
}

/**
 * A fake of Qdrant for tests: an HTTP server that keeps points in memory, compares each one, and refuses a request that Qdrant's own
 * description does not allow. Knows the requests that our store sends, and no more.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { requestSchema, type CheckRequest } from './request-schema';

interface Point {
  id: number;
  vector: number[];
  payload: Record<string, unknown>;
}

interface Collection {
  config: { vectors: { size: number }; metadata?: object };
  indexes: Set<string>;
  points: Map<number, Point>;
}

interface Condition {
  key: string;
  match: { value?: unknown; any?: unknown[] };
}

interface Filter {
  should?: Condition[];
  must_not?: Condition[];
}

class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export class FakeQdrant implements AsyncDisposable {
  /** Requests that Qdrant's description does not allow. */
  readonly invalid: string[] = [];
  /** Method and path of each request, the first one first. */
  readonly requests: string[] = [];
  private readonly collections = new Map<string, Collection>();
  private readonly aliases = new Map<string, string>();
  private readonly check: CheckRequest = requestSchema();
  private readonly server = createServer((request, response) => void this.answer(request, response));
  url = '';

  static async start(): Promise<FakeQdrant> {
    const fake = new FakeQdrant();
    await once(fake.server.listen(0, '127.0.0.1'), 'listening');
    fake.url = `http://127.0.0.1:${(fake.server.address() as AddressInfo).port}`;
    return fake;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const { pathname } = new URL(request.url!, 'http://fake');
    const method = request.method!.toLowerCase();
    this.requests.push(`${method} ${pathname}`);
    const reply = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ time: 0, ...body }));
    };
    try {
      const body: unknown = text === '' ? undefined : JSON.parse(text);
      const problems = this.check(method, pathname, body);
      this.invalid.push(...problems);
      if (problems.length > 0) throw new Refusal(400, problems.join('; '));
      reply(200, { status: 'ok', result: this.handle(method, pathname.split('/').slice(1), body as never) });
    } catch (error) {
      const status = error instanceof Refusal ? error.status : 500;
      reply(status, { status: { error: error instanceof Error ? error.message : String(error) } });
    }
  }

  private handle(method: string, [root, name = '', ...rest]: string[], body: never): unknown {
    const call = `${method} ${root} ${rest.join('/')}`.trim();
    if (call === 'get collections' && name === '')
      return { collections: [...this.collections.keys()].map((collection) => ({ name: collection })) };
    if (call === 'get aliases')
      return {
        aliases: [...this.aliases].map(([alias_name, collection_name]) => ({ alias_name, collection_name })),
      };
    if (call === 'post collections' && name === 'aliases') return this.changeAliases(body);
    if (call === 'put collections') return this.create(name, body);
    if (call === 'delete collections') return this.collections.delete(name);
    if (call === 'get collections exists') return { exists: this.collections.has(name) };
    const collection = this.collections.get(this.aliases.get(name) ?? name);
    if (!collection) throw new Refusal(404, `Not found: Collection \`${name}\` doesn't exist!`);
    switch (call) {
      case 'get collections': {
        const { vectors, metadata } = collection.config;
        return { status: 'green', points_count: collection.points.size, config: { params: { vectors }, metadata } };
      }
      case 'put collections index':
        collection.indexes.add((body as { field_name: string }).field_name);
        return { operation_id: 0, status: 'completed' };
      case 'put collections points':
        return upsert(collection, body);
      case 'post collections points/delete':
        for (const id of (body as { points: number[] }).points) collection.points.delete(id);
        return { operation_id: 0, status: 'completed' };
      case 'post collections points/count':
        return { count: collection.points.size };
      case 'post collections points/query':
        return { points: query(collection, body) };
      default:
        throw new Refusal(501, `The fake does not know ${call}.`);
    }
  }

  private create(name: string, config: Collection['config']): boolean {
    if (this.collections.has(name)) throw new Refusal(409, `Collection \`${name}\` already exists!`);
    this.collections.set(name, { config, indexes: new Set(), points: new Map() });
    return true;
  }

  private changeAliases({ actions }: { actions: Record<string, { alias_name: string; collection_name: string }>[] }) {
    for (const { create_alias: created, delete_alias: deleted } of actions) {
      if (deleted) this.aliases.delete(deleted.alias_name);
      if (!created) continue;
      if (!this.collections.has(created.collection_name)) throw new Refusal(404, 'Not found: Collection');
      this.aliases.set(created.alias_name, created.collection_name);
    }
    return true;
  }
}

function upsert({ config, points: stored }: Collection, { points }: { points: Point[] }) {
  for (const point of points) {
    if (point.vector.length !== config.vectors.size) throw new Refusal(400, 'Wrong input: Vector dimension error');
    stored.set(point.id, point);
  }
  return { operation_id: 0, status: 'completed' };
}

function query({ points, indexes }: Collection, wanted: { query: number[]; filter?: Filter; limit: number }) {
  const { filter = {} } = wanted;
  const isMet = ({ key, match }: Condition, { payload }: Point): boolean => {
    // Qdrant would read each point; in its strict mode it refuses, as this fake does.
    if (!indexes.has(key)) throw new Refusal(400, `Index required but not found for "${key}"`);
    return match.any ? match.any.includes(payload[key]) : match.value === payload[key];
  };
  return [...points.values()]
    .filter(
      (point) =>
        (!filter.should || filter.should.some((condition) => isMet(condition, point))) &&
        !filter.must_not?.some((condition) => isMet(condition, point)),
    )
    .map(({ id, vector }) => ({ id, version: 0, score: cosine(vector, wanted.query) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, wanted.limit);
}

function cosine(a: readonly number[], b: readonly number[]): number {
  let [dot, lengthA, lengthB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    lengthA += a[i]! ** 2;
    lengthB += b[i]! ** 2;
  }
  return dot / (Math.sqrt(lengthA * lengthB) || 1);
}

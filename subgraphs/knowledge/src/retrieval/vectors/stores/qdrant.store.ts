/**
 * Vectors in a Qdrant server. The active generation is the one behind an alias, which Qdrant switches in one step. Filters use payload
 * indexes.
 */
import type { QdrantClient, Schemas } from '@qdrant/js-client-rest';
import { randomUUID } from 'node:crypto';
import { STORE_DEADLINE_MS } from './deadline';
import { canMatch, type Neighbour, type VectorPoint, type VectorQuery, type VectorStore } from './vector-store';

export interface QdrantStoreOptions {
  url: string;
  apiKey?: string;
  /** The collections' names begin with it. */
  prefix: string;
}

type Filter = Schemas['Filter'];

/** The fields of a point's payload that filters name. */
const FIELDS = ['audience', 'source'] as const;

export class QdrantStore implements VectorStore {
  readonly type = 'qdrant';
  private created: Promise<QdrantClient> | undefined;

  constructor(private readonly options: QdrantStoreOptions) {}

  async open(generation: string, dimensions: number): Promise<string> {
    const name = this.nameOf(generation);
    const known = await this.identityOf(name);
    if (known !== undefined) return known;
    const vectors = { size: dimensions, distance: 'Cosine' as const };
    const client = await this.client();
    await client
      .createCollection(name, { vectors, metadata: { identity: randomUUID() } })
      // Another process may have created it meanwhile.
      .catch(async (error: unknown) => {
        if ((await this.identityOf(name)) === undefined) throw error;
      });
    // Points are added after the indexes exist, which Qdrant wants for fast filters.
    for (const field_name of FIELDS)
      await client.createPayloadIndex(name, { field_name, field_schema: 'keyword', wait: true });
    return (await this.identityOf(name))!;
  }

  async upsert(generation: string, points: readonly VectorPoint[]): Promise<void> {
    if (points.length === 0) return;
    const client = await this.client();
    await client.upsert(this.nameOf(generation), {
      wait: true,
      points: points.map(({ id, vector, source, audience }) => ({
        id,
        vector: Array.from(vector),
        payload: { source, audience },
      })),
    });
  }

  async remove(generation: string, ids: readonly number[]): Promise<void> {
    if (ids.length === 0) return;
    const client = await this.client();
    await client.delete(this.nameOf(generation), { wait: true, points: [...ids] }).catch(ifMissing(undefined));
  }

  async nearest(generation: string, query: VectorQuery): Promise<Neighbour[]> {
    if (!canMatch(query)) return [];
    const client = await this.client();
    const { points } = await client.query(this.nameOf(generation), {
      query: Array.from(query.vector),
      filter: filterOf(query),
      limit: query.limit,
      with_payload: false,
      with_vector: false,
    });
    return points.map(({ id, score }) => ({ id: Number(id), similarity: score }));
  }

  async count(generation: string): Promise<number> {
    const client = await this.client();
    const counted = client.count(this.nameOf(generation), { exact: true });
    return counted.then(({ count }) => count).catch(ifMissing(0));
  }

  async active(): Promise<string | undefined> {
    const { aliases } = await (await this.client()).getAliases();
    const found = aliases.find(({ alias_name }) => alias_name === this.options.prefix);
    return found && this.generationOf(found.collection_name);
  }

  async activate(generation: string): Promise<void> {
    const alias_name = this.options.prefix;
    const isKnown = (await this.active()) !== undefined;
    const client = await this.client();
    await client.updateCollectionAliases({
      actions: [
        ...(isKnown ? [{ delete_alias: { alias_name } }] : []),
        { create_alias: { alias_name, collection_name: this.nameOf(generation) } },
      ],
    });
  }

  async generations(): Promise<string[]> {
    const { collections } = await (await this.client()).getCollections();
    return collections.flatMap(({ name }) => this.generationOf(name) ?? []);
  }

  async drop(generation: string): Promise<void> {
    const client = await this.client();
    await client.deleteCollection(this.nameOf(generation)).catch(ifMissing(undefined));
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  private client(): Promise<QdrantClient> {
    return (this.created ??= createClient(this.options));
  }

  /** Undefined if the collection does not exist. */
  private async identityOf(name: string): Promise<string | undefined> {
    const client = await this.client();
    const info = await client.getCollection(name).catch(ifMissing(undefined));
    const identity: unknown = info?.config.metadata?.['identity'];
    return info && (typeof identity === 'string' ? identity : name);
  }

  private nameOf(generation: string): string {
    return `${this.options.prefix}-${generation}`;
  }

  private generationOf(name: string): string | undefined {
    const begin = this.nameOf('');
    return name.startsWith(begin) ? name.slice(begin.length) : undefined;
  }
}

async function createClient({ url, apiKey }: QdrantStoreOptions): Promise<QdrantClient> {
  const { QdrantClient } = await import('@qdrant/js-client-rest'); // takes 4 MB, and has an HTTP client of its own
  const { port, protocol } = new URL(url);
  return new QdrantClient({
    url,
    // The client's own default is 6333, also for an https address without a port.
    port: Number(port) || (protocol === 'https:' ? 443 : 6333),
    timeout: STORE_DEADLINE_MS,
    checkCompatibility: false,
    ...(apiKey === undefined ? {} : { apiKey }),
  });
}

const ifMissing =
  <T>(value: T) =>
  (error: unknown): T => {
    if ((error as { status?: number }).status === 404) return value;
    throw error;
  };

function filterOf({ audiences, sources, exceptSource }: VectorQuery): Filter {
  const should: Schemas['Condition'][] = [];
  if (audiences.length > 0) should.push({ key: 'audience', match: { any: [...audiences] } });
  if (sources.length > 0) should.push({ key: 'source', match: { any: [...sources] } });
  if (exceptSource === undefined) return { should };
  return { should, must_not: [{ key: 'source', match: { value: exceptSource } }] };
}

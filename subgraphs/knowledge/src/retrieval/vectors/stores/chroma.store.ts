/** Vectors in a Chroma server. Keeps the name of the active generation in the metadata of a collection of its own. */
import { ChromaClient, ChromaNotFoundError, type Collection, type Where } from 'chromadb';
import { withDeadline } from './deadline';
import { canMatch, type Neighbour, type VectorPoint, type VectorQuery, type VectorStore } from './vector-store';

export interface ChromaStoreOptions {
  url: string;
  /** The collections' names begin with it. */
  prefix: string;
}

/** The collection with the name of the active generation. No generation has this name. */
const POINTER = 'active';
/** Collections of one answer. */
const PAGE = 200;

export class ChromaStore implements VectorStore {
  readonly type = 'chromadb';
  private readonly client: ChromaClient;
  /** A handle names a collection by its id, so it must be forgotten when the collection is gone. */
  private readonly handles = new Map<string, Promise<Collection>>();

  constructor(private readonly options: ChromaStoreOptions) {
    const { hostname: host, port, protocol } = new URL(options.url);
    const ssl = protocol === 'https:';
    this.client = new ChromaClient({ host, port: Number(port) || (ssl ? 443 : 80), ssl });
  }

  async open(generation: string): Promise<string> {
    const name = this.nameOf(generation);
    const configuration = { hnsw: { space: 'cosine' as const } };
    const { id } = await withDeadline(() =>
      this.client.getOrCreateCollection({ name, embeddingFunction: null, configuration }),
    );
    return id;
  }

  async upsert(generation: string, points: readonly VectorPoint[]): Promise<void> {
    if (points.length === 0) return;
    await this.with(generation, (collection) =>
      collection.upsert({
        ids: points.map(({ id }) => String(id)),
        embeddings: points.map(({ vector }) => Array.from(vector)),
        metadatas: points.map(({ source, audience }) => ({ source, audience })),
      }),
    );
  }

  async remove(generation: string, ids: readonly number[]): Promise<void> {
    if (ids.length === 0) return;
    await this.with(generation, (collection) => collection.delete({ ids: ids.map(String) })).catch(
      ifMissing(undefined),
    );
  }

  async nearest(generation: string, query: VectorQuery): Promise<Neighbour[]> {
    if (!canMatch(query)) return [];
    const found = await this.with(generation, (collection) =>
      collection.query({
        queryEmbeddings: [Array.from(query.vector)],
        nResults: query.limit,
        where: whereOf(query),
        include: ['distances'],
      }),
    );
    const [ids = []] = found.ids;
    const [distances = []] = found.distances;
    return ids.map((id, i) => ({ id: Number(id), similarity: 1 - (distances[i] ?? 1) }));
  }

  count(generation: string): Promise<number> {
    return this.with(generation, (collection) => collection.count()).catch(ifMissing(0));
  }

  async active(): Promise<string | undefined> {
    const pointer = await withDeadline(() => this.find(this.nameOf(POINTER)));
    const generation = pointer?.metadata?.['generation'];
    return typeof generation === 'string' ? generation : undefined;
  }

  async activate(generation: string): Promise<void> {
    await withDeadline(async () => {
      const metadata = { generation };
      const pointer = await this.client.getOrCreateCollection({
        name: this.nameOf(POINTER),
        embeddingFunction: null,
        metadata,
      });
      await pointer.modify({ metadata });
    });
  }

  async generations(): Promise<string[]> {
    const names: string[] = [];
    for (let offset = 0; ; offset += PAGE) {
      const page = await withDeadline(() => this.client.listCollections({ limit: PAGE, offset }));
      names.push(...page.map(({ name }) => name));
      if (page.length < PAGE) break;
    }
    const begin = this.nameOf('');
    return names
      .filter((name) => name.startsWith(begin) && name !== this.nameOf(POINTER))
      .map((name) => name.slice(begin.length));
  }

  async drop(generation: string): Promise<void> {
    const name = this.nameOf(generation);
    this.handles.delete(name);
    await withDeadline(() => this.client.deleteCollection({ name })).catch(ifMissing(undefined));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.handles.clear();
  }

  private nameOf(generation: string): string {
    return `${this.options.prefix}-${generation}`;
  }

  private find(name: string): Promise<Collection | undefined> {
    return this.client.getCollection({ name }).catch(ifMissing(undefined));
  }

  private async with<T>(generation: string, use: (collection: Collection) => Promise<T>): Promise<T> {
    const name = this.nameOf(generation);
    const open = () => {
      let handle = this.handles.get(name);
      if (!handle) this.handles.set(name, (handle = this.client.getCollection({ name })));
      return handle;
    };
    return withDeadline(async () => {
      try {
        return await use(await open());
      } catch (error) {
        this.handles.delete(name);
        if (!(error instanceof ChromaNotFoundError)) throw error;
        // The collection may have been created anew under another id.
        return await use(await open());
      }
    });
  }
}

const ifMissing =
  <T>(value: T) =>
  (error: unknown): T => {
    if (error instanceof ChromaNotFoundError) return value;
    throw error;
  };

function whereOf({ audiences, sources, exceptSource }: VectorQuery): Where {
  const readable: Where[] = [];
  if (audiences.length > 0) readable.push({ audience: { $in: [...audiences] } });
  if (sources.length > 0) readable.push({ source: { $in: [...sources] } });
  const access: Where = readable.length === 1 ? readable[0]! : { $or: readable };
  return exceptSource === undefined ? access : { $and: [access, { source: { $ne: exceptSource } }] };
}

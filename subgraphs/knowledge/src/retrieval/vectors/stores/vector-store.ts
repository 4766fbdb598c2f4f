/**
 * The interface of vector stores. A store holds a copy: PostgreSQL has each vector, so a lost store is filled again. Returns candidates
 * only; the search reads texts and similarities from PostgreSQL, under its own condition of access.
 *
 * A generation holds the vectors of one encoder. Searches read the active one. Another one can be filled meanwhile and then be activated
 * at once.
 */

export interface VectorPoint {
  /** The chunk's number. */
  id: number;
  vector: Float32Array;
  /** The id of the object that the chunk is a part of. */
  source: string;
  /** The key of a set of readers; see `VectorAccess`. */
  audience: string;
}

/** The points that a viewer may read: those of an audience of the viewer, and those of single sources. */
export interface VectorAccess {
  audiences: readonly string[];
  sources: readonly string[];
}

export interface VectorQuery extends VectorAccess {
  vector: Float32Array;
  limit: number;
  /** A source without points in the result. */
  exceptSource?: string;
}

export interface Neighbour {
  id: number;
  /** The cosine similarity, from -1 to 1. */
  similarity: number;
}

export interface VectorStore extends AsyncDisposable {
  readonly type: 'chromadb' | 'qdrant';
  /** Creates the generation if it does not exist. @returns its identity, which is another one if it was lost and created anew */
  open(generation: string, dimensions: number): Promise<string>;
  /** Adds points, or replaces those with the same ids. All vectors are normalised. */
  upsert(generation: string, points: readonly VectorPoint[]): Promise<void>;
  /** Removes points. Those that do not exist do not matter, and neither does a missing generation. */
  remove(generation: string, ids: readonly number[]): Promise<void>;
  /** The most similar points, best first. The condition of access is a part of the store's own query. */
  nearest(generation: string, query: VectorQuery): Promise<Neighbour[]>;
  /** The number of points. 0 if the generation does not exist. */
  count(generation: string): Promise<number>;
  /** The generation that searches read. Undefined before the first activation. */
  active(): Promise<string | undefined>;
  /** Makes searches read this generation, in one step. */
  activate(generation: string): Promise<void>;
  /** The generations that exist, in no order. */
  generations(): Promise<string[]>;
  /** Deletes the generation. Does nothing if it does not exist. */
  drop(generation: string): Promise<void>;
}

/** Whether anything can match. Stores treat an empty list in a filter differently, so it is never sent. */
export const canMatch = ({ audiences, sources }: VectorAccess): boolean => audiences.length > 0 || sources.length > 0;

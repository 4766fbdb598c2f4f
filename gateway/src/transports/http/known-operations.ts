/**
 * Requests to which Apollo Server has nothing to add: the plainest POST of an operation whose very text was let through
 * before, from a client whose Accept header it has answered before. They go straight to the pipeline; whatever is unusual
 * in any way takes the long way.
 */
import type { IncomingMessage } from 'node:http';
import { LRUCache } from 'lru-cache';
import type { Admitted } from '../../operations/admission';
import type { RequestPipeline } from '../../operations/request-pipeline';

export interface KnownOperation {
  admitted: Admitted;
  contentType: string;
}

/** How many different Accept headers are remembered; `none` stands for their absence. */
const ACCEPTS = 200;
const NONE = '';

export class KnownOperations {
  private readonly contentTypes = new LRUCache<string, string>({ max: ACCEPTS });

  /** `isReporting`: whether Apollo Server's usage reports need to see every operation. */
  constructor(
    private readonly pipeline: RequestPipeline,
    private readonly isReporting: boolean,
  ) {}

  /** Remembers what Apollo Server answered with. */
  learn({ method, headers }: IncomingMessage, contentType: string | undefined): void {
    if (method === 'POST' && contentType) this.contentTypes.set(headers.accept ?? NONE, contentType);
  }

  /** What to do for a familiar request; undefined for every other, refused ones included. */
  find({ method, headers }: IncomingMessage, body: unknown): KnownOperation | undefined {
    if (this.isReporting || method !== 'POST' || typeof body !== 'object' || body === null) return undefined;
    const { query, operationName, variables, extensions } = body as Record<string, unknown>;
    if (typeof query !== 'string' || extensions !== undefined) return undefined;
    if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') return undefined;
    if (variables !== undefined && (typeof variables !== 'object' || Array.isArray(variables))) return undefined;
    const contentType = this.contentTypes.get(headers.accept ?? NONE);
    if (!contentType || !this.pipeline.admission.isKnown(query, operationName)) return undefined;
    const admitted = this.pipeline.admission.examine({ query, operationName, variables });
    return 'errors' in admitted ? undefined : { admitted, contentType };
  }
}

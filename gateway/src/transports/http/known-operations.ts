/**
 * A fast path past Apollo Server, for a plain POST of an operation whose exact text was admitted before, with an Accept header that
 * Apollo Server has negotiated before. Every other request goes through Apollo Server.
 * See docs/decisions/apollo-server-in-front.md.
 */
import type { IncomingMessage } from 'node:http';
import { LRUCache } from 'lru-cache';
import type { Admitted } from '../../operations/admission';
import type { RequestPipeline } from '../../operations/request-pipeline';

export interface KnownOperation {
  admitted: Admitted;
  contentType: string;
}

/** Number of remembered Accept headers. A missing header counts as an empty one. */
const ACCEPTS = 200;
const NONE = '';

export class KnownOperations {
  private readonly contentTypes = new LRUCache<string, string>({ max: ACCEPTS });

  /** If `isReporting`, the fast path is off, since usage reports need every operation. */
  constructor(
    private readonly pipeline: RequestPipeline,
    private readonly isReporting: boolean,
  ) {}

  /** Remembers the content type that Apollo Server chose. */
  learn({ method, headers }: IncomingMessage, contentType: string | undefined): void {
    if (method === 'POST' && contentType) this.contentTypes.set(headers.accept ?? NONE, contentType);
  }

  /** The admitted operation, or undefined if the request needs Apollo Server. Refused requests need it for their wording. */
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

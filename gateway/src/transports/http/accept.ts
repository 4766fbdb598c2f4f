/** Content negotiation by the `Accept` header (RFC 9110, 12.5.1). Without the header a client accepts every type. */
import Negotiator from 'negotiator';
import type { IncomingHttpHeaders } from 'node:http';

/** Whether the client accepts at least one of the media types. */
export function accepts({ accept }: Pick<IncomingHttpHeaders, 'accept'>, ...types: string[]): boolean {
  return !accept || new Negotiator({ headers: { accept } }).mediaType(types) !== undefined;
}

const JSON_RESPONSE = 'application/json; charset=utf-8';

/** The media types of a complete GraphQL response. */
export const WHOLE_RESPONSE = [JSON_RESPONSE, 'application/graphql-response+json; charset=utf-8'];

/** The media type of a GraphQL response that must be sent in any case, such as a refusal: JSON if the client accepts neither type. */
export function responseType({ accept }: Pick<IncomingHttpHeaders, 'accept'>): string {
  return (accept && new Negotiator({ headers: { accept } }).mediaType(WHOLE_RESPONSE)) || JSON_RESPONSE;
}

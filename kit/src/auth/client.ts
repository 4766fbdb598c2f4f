/** The origin of a request as the gateway saw it, for session lists, limits per address and the audit log. Decides nothing. */

import { canonicalAddress } from './address';

/** Lower-case headers that the gateway sets on its calls to subgraphs; it never takes them over from a client. */
export const CLIENT_ADDRESS_HEADER = 'x-client-address';
export const CLIENT_AGENT_HEADER = 'x-client-agent';
export const CLIENT_CONNECTION_HEADER = 'x-client-connection';

export interface Client {
  /** IP address in its canonical form; null if the call did not come through a gateway. */
  address: string | null;
  /** The client's `User-Agent`, at most 512 characters. */
  userAgent: string | null;
  /** `<gateway>/<connection>`, unique among the live connections of the installation; absent for requests outside of one. */
  connection?: string;
}

/** The headers that tell a subgraph about a client. */
export function clientHeaders({ address, userAgent, connection }: Client): Record<string, string> {
  return {
    ...(address && { [CLIENT_ADDRESS_HEADER]: address }),
    ...(userAgent && { [CLIENT_AGENT_HEADER]: userAgent.slice(0, 512) }),
    ...(connection && { [CLIENT_CONNECTION_HEADER]: connection }),
  };
}

/** Reads the headers of {@link clientHeaders}. */
export function clientFrom(headers: Record<string, string | undefined>): Client {
  return {
    address: canonicalAddress(headers[CLIENT_ADDRESS_HEADER]),
    userAgent: headers[CLIENT_AGENT_HEADER]?.slice(0, 512) ?? null,
    ...(headers[CLIENT_CONNECTION_HEADER] && { connection: headers[CLIENT_CONNECTION_HEADER] }),
  };
}

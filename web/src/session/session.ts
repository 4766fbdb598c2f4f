/** The session of a page: the address of the graph, the access token and the room. The fragment of the URL holds it and is never sent. */

export interface Session {
  /** `http(s)://…/graphql`. */
  url: string;
  token: string;
  roomId: string;
  /** Whether voices connect through TURN only, so that nobody in the room learns the address of this client. */
  isRelayed?: boolean;
}

/** Undefined if a part is missing. */
export function readSession(fragment: string): Session | undefined {
  const values = new URLSearchParams(fragment.slice(1));
  const [token, roomId] = [values.get('token'), values.get('room')];
  const url = values.get('url') ?? new URL('/graphql', location.href).href;
  return token && roomId ? { url, token, roomId, isRelayed: values.get('transport') === 'relay' } : undefined;
}

export const fragmentOf = ({ url, token, roomId }: Session): string =>
  `#${new URLSearchParams({ url, token, room: roomId }).toString()}`;

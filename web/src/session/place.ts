/** The place that a page shows: the address of the graph and the room. The fragment of the URL holds it and is never sent. */

export interface Place {
  /** `http(s)://…/graphql`. */
  url: string;
  /** Empty if the fragment names no room. */
  roomId: string;
  /** Whether voices connect through TURN only, so that nobody in the room learns the address of this client. */
  isRelayed: boolean;
  /** Whether the avatar shows the mood of the account's messages to everybody in the room. */
  showsMood: boolean;
}

export function readPlace(fragment: string): Place {
  const values = new URLSearchParams(fragment.slice(1));
  return {
    url: values.get('url') ?? new URL('/graphql', location.href).href,
    roomId: values.get('room') ?? '',
    isRelayed: values.get('transport') === 'relay',
    showsMood: values.get('mood') === 'shown',
  };
}

export function fragmentOf({ url, roomId, isRelayed, showsMood }: Place): string {
  const values = { url, room: roomId, ...(isRelayed && { transport: 'relay' }), ...(showsMood && { mood: 'shown' }) };
  return `#${new URLSearchParams(values).toString()}`;
}

/** Asks the graph, as a viewer, whether that viewer may act in a channel. Decides nothing that messaging decides otherwise. */
import type { Viewer } from '@chat/kit/auth/viewer';
import { conflict, forbidden } from '@chat/kit/errors';
import type { GraphClient } from '../graph/graph.client';

const CHANNEL = `query ($id: ID!) { channel(id: $id) { archivedAt viewerMembership { mutedUntil } } }`;

interface ChannelAnswer {
  channel: { archivedAt: string | null; viewerMembership: { mutedUntil: string | null } | null };
}

/** @throws NOT_FOUND if the viewer does not see the channel; FORBIDDEN if it may not write there; CONFLICT if it is archived */
export async function requireWriter(graph: GraphClient, viewer: Viewer, channelId: string): Promise<void> {
  const { channel } = await graph.data<ChannelAnswer>(graph.tokenFor(viewer), CHANNEL, { id: channelId });
  if (!channel.viewerMembership) throw forbidden('Join the channel first.');
  if (channel.archivedAt !== null) throw conflict('The channel is archived.');
  const { mutedUntil } = channel.viewerMembership;
  if (mutedUntil !== null && Date.parse(mutedUntil) > Date.now()) throw forbidden('You are muted in this channel.');
}

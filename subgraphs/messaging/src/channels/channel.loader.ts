/** Loads channels for one viewer. All channels that the viewer might not be allowed to see are loaded here. */
import type { GrantedOn } from '@chat/identity-client/access/grants';
import type { Viewer } from '@chat/kit/auth/viewer';
import { notFound } from '@chat/kit/errors';
import { isId } from '@chat/kit/ids';
import DataLoader from 'dataloader';
import type { ChannelAccessReader } from './channel-access.reader';
import type { ChannelEntity } from './channel.entity';
import { canSee, type ChannelAccess } from './channel.rules';

/** The part of a viewer that access depends on. */
export type ChannelViewer = Pick<Viewer, 'id' | 'permissions'>;

export class ChannelLoader {
  private readonly loader: DataLoader<string, ChannelAccess | null>;

  /** @param granted the viewer's grants; none if absent */
  constructor(reader: ChannelAccessReader, viewer: ChannelViewer | null, granted?: () => Promise<GrantedOn>) {
    this.loader = new DataLoader((ids) => load(reader, viewer, ids, granted));
  }

  /** The channel and the viewer's access; null if the channel does not exist or the viewer may not see it. */
  async accessChannel(id: string): Promise<ChannelAccess | null> {
    const access = await this.load(id);
    return access && canSee(access) ? access : null;
  }

  /** As {@link accessChannel}. @throws NOT_FOUND instead of null. */
  async requireChannel(id: string): Promise<ChannelAccess> {
    const access = await this.accessChannel(id);
    if (!access) throw notFound('Channel');
    return access;
  }

  /** The channel of an object that the viewer has already received. @throws NOT_FOUND if the channel was deleted in the meantime */
  async channelOf(part: { channelId: string }): Promise<ChannelEntity> {
    const access = await this.loader.load(part.channelId);
    if (!access) throw notFound('Channel');
    return access.channel;
  }

  /** Clears the cache after a change. */
  clear(id: string): void {
    this.loader.clear(id.toLowerCase());
  }

  private async load(id: string): Promise<ChannelAccess | null> {
    return isId(id) ? this.loader.load(id.toLowerCase()) : null;
  }
}

async function load(
  reader: ChannelAccessReader,
  viewer: ChannelViewer | null,
  ids: readonly string[],
  granted?: () => Promise<GrantedOn>,
): Promise<(ChannelAccess | null)[]> {
  const viewerId = viewer?.id ?? null;
  const isInstallationModerator = viewer?.permissions.includes('DELETE') ?? false;
  const [found, grantedOn] = await Promise.all([Promise.all(ids.map((id) => reader.read(viewerId, id))), granted?.()]);
  return found.map(
    (known) => known && { viewerId, isInstallationModerator, ...known, granted: grantedOn?.(known.channel.id) ?? [] },
  );
}

/** Loads channels for one viewer. All channels that the viewer might not be allowed to see are loaded here. */
import type { GrantedOn } from '@chat/identity-client/access/grants';
import type { Viewer } from '@chat/kit/auth/viewer';
import { notFound } from '@chat/kit/errors';
import { isId } from '@chat/kit/ids';
import DataLoader from 'dataloader';
import type { ChannelAccessReader, ChannelWithMember } from './channel-access.reader';
import type { ChannelEntity } from './channel.entity';
import { canSee, canSend, type ChannelAccess } from './channel.rules';

/** The part of a viewer that access depends on. */
export type ChannelViewer = Pick<Viewer, 'id' | 'permissions'>;

export class ChannelLoader {
  private readonly loader: DataLoader<string, ChannelAccess | null>;

  /** @param granted the viewer's grants; none if absent */
  constructor(
    private readonly reader: ChannelAccessReader,
    private readonly viewer: ChannelViewer | null,
    private readonly granted?: () => Promise<GrantedOn>,
  ) {
    this.loader = new DataLoader((ids) => this.loadAll(ids));
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

  /**
   * As {@link accessChannel}, for sending, which decides again under the channel's lock: access that allows it may be a minute old, and
   * then is marked as recent. See docs/decisions/recent-access.md.
   */
  async accessToSend(id: string): Promise<ChannelAccess | null> {
    const accountId = this.viewer?.id;
    if (!isId(id) || accountId === undefined) return this.accessChannel(id);
    const known = this.reader.readRecent(accountId, id.toLowerCase());
    const recent = known && this.withRights(known, await this.granted?.());
    if (recent && canSend(recent) === true) return { ...recent, isRecent: true };
    const access = await this.accessChannel(id);
    if (access && canSend(access) === true) this.reader.remember(accountId, access);
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

  private async loadAll(ids: readonly string[]): Promise<(ChannelAccess | null)[]> {
    const reads = ids.map((id) => this.reader.read(this.viewer?.id ?? null, id));
    const [found, granted] = await Promise.all([Promise.all(reads), this.granted?.()]);
    return found.map((known) => known && this.withRights(known, granted));
  }

  private withRights(known: ChannelWithMember, granted: GrantedOn | undefined): ChannelAccess {
    return {
      viewerId: this.viewer?.id ?? null,
      isInstallationModerator: this.viewer?.permissions.includes('DELETE') ?? false,
      ...known,
      granted: granted?.(known.channel.id) ?? [],
    };
  }
}

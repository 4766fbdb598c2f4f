/** Loads channels for one viewer. The only way to a channel that the viewer might not be allowed to see. */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { isId } from '@chat/kit/ids';
import DataLoader from 'dataloader';
import { CHANNEL_COLUMNS, toChannel, type ChannelEntity, type ChannelRow } from './channel.entity';
import type { GrantedOn } from './channel.grants';
import { canSee, type ChannelAccess } from './channel.rules';
import { MEMBER_COLUMNS, toMember, type MemberRow } from './member.entity';

/** For whom channels are loaded. */
export type ChannelViewer = Pick<Viewer, 'id' | 'permissions'>;

export class ChannelLoader {
  private readonly loader: DataLoader<string, ChannelAccess | null>;

  /** @param granted what the viewer was granted; nothing where it is absent */
  constructor(em: () => EntityManager, viewer: ChannelViewer | null, granted?: () => Promise<GrantedOn>) {
    this.loader = new DataLoader((ids) => load(em(), viewer, ids, granted));
  }

  /** The channel and what the viewer is to it; null where it does not exist or the viewer may not see it. */
  async accessChannel(id: string): Promise<ChannelAccess | null> {
    const access = await this.load(id);
    return access && canSee(access) ? access : null;
  }

  /** The channel of something that the viewer was given already. */
  async channelOf(part: { channelId: string }): Promise<ChannelEntity> {
    return (await this.loader.load(part.channelId))!.channel;
  }

  /** Forgets what was loaded before a change. */
  clear(id: string): void {
    this.loader.clear(id.toLowerCase());
  }

  private async load(id: string): Promise<ChannelAccess | null> {
    return isId(id) ? this.loader.load(id.toLowerCase()) : null;
  }
}

/** One statement for all channels that a request asks about, memberships included. */
async function load(
  em: EntityManager,
  viewer: ChannelViewer | null,
  ids: readonly string[],
  granted?: () => Promise<GrantedOn>,
): Promise<(ChannelAccess | null)[]> {
  const rows = await em.execute<(ChannelRow & Partial<MemberRow>)[]>(
    `select ${CHANNEL_COLUMNS}, ${MEMBER_COLUMNS} from messaging.channels c
     left join messaging.members m on m.channel_id = c.id and m.user_id = ?::uuid
     where c.id in (?)`,
    [viewer?.id ?? null, ids],
  );
  const who = {
    viewerId: viewer?.id ?? null,
    isInstallationModerator: viewer?.permissions.includes('DELETE') ?? false,
  };
  const grantedOn = await granted?.();
  const found = new Map(
    rows.map((row) => [
      row.id,
      {
        ...who,
        channel: toChannel(row),
        membership: row.state ? toMember(row as MemberRow) : null,
        granted: grantedOn?.(row.id) ?? [],
      },
    ]),
  );
  return ids.map((id) => found.get(id) ?? null);
}

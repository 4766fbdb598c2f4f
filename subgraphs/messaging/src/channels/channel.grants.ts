/** Identity's grants on channels, independent of membership. */
import { isId } from '@chat/kit/ids';
import type { SqlPart } from '../sql-part';

/**
 * A condition for lists on the alias `c`: the channel is private and granted to `viewerId`. Direct channels cannot be granted, and public
 * ones are listed anyway. A ban overrides a grant.
 * @param granted the result of `Grants.ids`
 */
export function isGrantedChannel(viewerId: string, granted: readonly string[]): SqlPart {
  const isAll = granted.includes('*');
  const ids = granted.filter(isId);
  if (!isAll && ids.length === 0) return { sql: 'false', values: [] };
  return {
    sql: `c.type = 'PRIVATE'${isAll ? '' : ' and c.id in (?)'} and not exists (
      select 1 from messaging.members b where b.channel_id = c.id and b.user_id = ? and b.state = 'BANNED')`,
    values: [...(isAll ? [] : [ids]), viewerId],
  };
}

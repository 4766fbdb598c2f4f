/** Loads member lists, sorted by account id, in one statement for all channels of a request. */
import { PreparedStatement, type PoolSource } from '@chat/kit/database/prepared-statement';
import { badUserInput } from '@chat/kit/errors';
import { isId } from '@chat/kit/ids';
import { listLoader, type Listed } from '../list-loader';
import { LISTED_COLUMNS, toListed, type ListedMember, type ListedRow } from './member.entity';

/** The maximum size of a page. */
export const MAX_MEMBERS = 1000;

interface Question {
  channelId: string;
  first: number;
  after: string | null;
}

const READ = new PreparedStatement<Listed<ListedRow>>(
  'list-members',
  `select list.ord, m.* from jsonb_to_recordset($1::jsonb) as list (ord int, "channelId" uuid, after uuid) cross join lateral (
     select ${LISTED_COLUMNS} from messaging.members m
     where m.channel_id = list."channelId" and m.state = 'JOINED'
       and m.user_id > coalesce(list.after, '00000000-0000-0000-0000-000000000000')
     order by m.user_id limit $2) m
   order by list.ord, m.user_id`,
);

export class MemberListLoader {
  private readonly lists;

  constructor(pool: PoolSource) {
    this.lists = listLoader<Question, ListedRow>(
      ({ first }) => String(first),
      (questions) => READ.run(pool, [JSON.stringify(questions), questions[0]!.first]),
    );
  }

  /** The members after the account `after`. @throws BAD_USER_INPUT if `first` is out of range or `after` is not an id */
  async members(channelId: string, first: number, after: string | null = null): Promise<ListedMember[]> {
    if (first < 1 || first > MAX_MEMBERS) throw badUserInput({ first: `first must be between 1 and ${MAX_MEMBERS}.` });
    if (after !== null && !isId(after)) throw badUserInput({ after: 'after must be an account id.' });
    const rows = await this.lists.load({ channelId, first, after });
    return rows.map((row) => toListed(row, channelId));
  }
}

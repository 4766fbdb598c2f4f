/** The audit log: its acts, its readers, and the detection of changes. */
import { recordAct } from '@chat/identity-client/audit/audit';
import { Database } from '@chat/kit/database/database';
import { createLogger } from '@chat/kit/logging';
import { eventually } from '@chat/kit/testing/eventually';
import { administratorOf } from '../testing/administrator';
import { startIdentity, type IdentityUnderTest, type Login } from '../testing/identity-under-test';
import { AuditService } from './audit.service';
import { entities } from '../entities';
import { REMOVE_EXPIRED } from '@chat/kit/graphql/removal';

let identity: IdentityUnderTest;
let admin: Login;
let ada: Login;
let database: Database;
const audit = new AuditService();
beforeAll(async () => {
  identity = await startIdentity();
  admin = await administratorOf(identity);
  ada = await identity.register('ada');
  database = await openDatabase(identity);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await identity[Symbol.asyncDispose]();
});

async function openDatabase({ config }: IdentityUnderTest): Promise<Database> {
  const log = createLogger('test', 'silent');
  const opened = await Database.open({ url: config.DATABASE_URL, schema: 'identity', entities, migrations: [], log });
  await opened.ready();
  return opened;
}

interface Act {
  action: string;
  actor: { id: string } | null;
  targetType: string | null;
  targetId: string | null;
  ip: string | null;
  details: Record<string, unknown>;
}
const read = async (filter: Record<string, unknown>, first = 100): Promise<Act[]> => {
  const { auditLog } = await identity.get<{ auditLog: { edges: { node: Act }[] } }>(
    `query ($filter: AuditLogFilter, $first: Int) { auditLog(filter: $filter, first: $first) {
      edges { node { id at action actor { id } targetType targetId ip correlationId details } }
    } }`,
    { filter, first },
    admin.accessToken,
  );
  return auditLog.edges.map(({ node }) => node);
};

test('an act is recorded when the mutation answers, with actor, action, target, address and details', async () => {
  await identity.get(
    'mutation ($userId: ID!) { assignRole(userId: $userId, role: MODERATOR) { id } }',
    { userId: ada.id },
    admin.accessToken,
  );
  expect(await read({ action: 'role.assign' })).toEqual([
    expect.objectContaining({
      actor: { id: admin.id },
      targetType: 'User',
      targetId: ada.id,
      ip: '192.0.2.1',
      details: { role: 'MODERATOR' },
    }),
  ]);
});

test('refused logins are recorded without the attempted name', async () => {
  await identity.login('ada', 'not hers at all', '198.51.100.7');
  expect(await read({ action: 'session.login-refused' })).toEqual([
    expect.objectContaining({ actor: null, targetId: ada.id, ip: '198.51.100.7', details: {} }),
  ]);
});

test('the log is filtered by actor, target and time, and paged', async () => {
  const since = new Date().toISOString();
  await identity.get(
    'mutation { createApiKey(input: { name: "k", permissions: [READ] }) { secret } }',
    {},
    ada.accessToken,
  );
  expect((await read({ actorId: ada.id, from: since })).map(({ action }) => action)).toEqual(['api-key.create']);
  expect(await read({ actorId: ada.id, to: '2020-01-01T00:00:00Z' })).toEqual([]);
  expect(await read({ actorId: 'not an id' })).toEqual([]);
  expect(await read({ targetType: 'User', targetId: ada.id, action: 'role.assign' })).toHaveLength(1);
  const page = (after: string | null) =>
    identity.get<{ auditLog: { edges: { node: Act }[]; pageInfo: { endCursor: string; hasNextPage: boolean } } }>(
      'query ($after: String) { auditLog(first: 2, after: $after) { edges { node { id } } pageInfo { endCursor hasNextPage } } }',
      { after },
      admin.accessToken,
    );
  const first = await page(null);
  const second = await page(first.auditLog.pageInfo.endCursor);
  expect(first.auditLog.pageInfo.hasNextPage).toBe(true);
  const ids = [...first.auditLog.edges, ...second.auditLog.edges].map(({ node }) => (node as Act & { id: string }).id);
  expect(new Set(ids).size).toBe(4);
});

test("other subgraphs' acts are recorded once if their transaction commits, and otherwise not", async () => {
  const act = {
    action: 'channel.delete',
    actorId: ada.id,
    targetType: 'Channel',
    targetId: 'c1',
    address: '203.0.113.9',
  };
  const em = database.fork();
  await expect(
    em.transactional(async (tx) => {
      await recordAct(tx, { ...act, targetId: 'rolled back' });
      throw new Error('rolled back');
    }),
  ).rejects.toThrow('rolled back');
  await em.transactional((tx) => recordAct(tx, { ...act, details: { name: 'general' } }));
  await eventually(async () => (await read({ action: 'channel.delete' })).length > 0);
  expect(await read({ action: 'channel.delete' })).toEqual([
    expect.objectContaining({ actor: { id: ada.id }, targetId: 'c1', ip: '203.0.113.9', details: { name: 'general' } }),
  ]);
});

test('the chain holds for concurrent acts', async () => {
  await Promise.all(Array.from({ length: 10 }, (_, index) => identity.register(`parallel${index}`)));
  const report = await audit.verify(database.fork());
  expect(report.brokenAt).toBeNull();
  expect(report.checked).toBeGreaterThan(10);
});

test('a verification during writes and retention reports no false break', async () => {
  await using fresh = await startIdentity();
  await using own = await openDatabase(fresh);
  let isWriting = true;
  const writing = (async () => {
    for (let index = 0; index < 4; index++) {
      await Promise.all([fresh.register(`writer${index}`), fresh.register(`another${index}`)]);
      await audit.forgetBefore(own.fork(), new Date());
    }
    isWriting = false;
  })();
  while (isWriting) expect((await audit.verify(own.fork())).brokenAt).toBeNull();
  await writing;
  expect((await audit.verify(own.fork())).brokenAt).toBeNull();
});

test('the database refuses changes, and the chain reveals changes that bypass the refusal', async () => {
  const em = database.fork();
  for (const sql of [
    'update identity.audit_acts set action = action',
    'delete from identity.audit_acts',
    'truncate identity.audit_acts',
  ])
    await expect(em.execute(sql)).rejects.toThrow('append-only');
  const [{ seq } = { seq: '' }] = await em.execute<{ seq: string }[]>(
    `select seq from identity.audit_acts where action = 'role.assign'`,
  );
  const meddle = (sql: string) =>
    em.transactional(async (tx) => {
      await tx.execute(`set local session_replication_role = 'replica'`); // as a superuser can
      await tx.execute(sql, [seq]);
    });
  await meddle(`update identity.audit_acts set details = '{"role": "USER"}' where seq = ?`);
  expect((await audit.verify(em)).brokenAt).toBe(seq);
  await meddle(`update identity.audit_acts set details = '{"role": "MODERATOR"}' where seq = ?`);
  expect((await audit.verify(em)).brokenAt).toBeNull();
  await meddle('delete from identity.audit_acts where seq = ?');
  expect((await audit.verify(em)).brokenAt).toBe(seq);
});

test('retention deletes the oldest acts, and the rest of the chain still holds', async () => {
  await using fresh = await startIdentity();
  await using own = await openDatabase(fresh);
  await fresh.register('early');
  const between = new Date();
  await fresh.register('late');
  expect(await audit.forgetBefore(own.fork(), between)).toBe(1);
  expect(await audit.verify(own.fork())).toEqual({ checked: 1, brokenAt: null });
  expect(await audit.forgetBefore(own.fork(), between)).toBe(0);
  await fresh.register('later');
  expect(await audit.verify(own.fork())).toEqual({ checked: 2, brokenAt: null });
});

test('retention is a setting, and deletions are recorded on the log', async () => {
  await using fresh = await startIdentity();
  await using own = await openDatabase(fresh);
  const em = own.fork();
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
  for (const days of [40, 39, 20])
    await em.transactional((tx) =>
      audit.append(tx, { action: 'old.act', actorId: null, correlationId: null, at: daysAgo(days) }),
    );
  const { accessToken } = await administratorOf(fresh);
  const keep = 'mutation { updateSetting(key: "identity.auditRetentionDays", value: 30) { value } }';
  await fresh.get(keep, {}, accessToken);
  await em.execute(`select graphile_worker.add_job('identity:${REMOVE_EXPIRED}')`);
  const acts = async () => {
    const rows = await own.fork().execute<{ action: string }[]>('select action from identity.audit_acts order by seq');
    return rows.map(({ action }) => action);
  };
  await eventually(async () => (await acts()).includes('audit.forget'));
  expect((await acts()).filter((action) => /^(old|audit)/.test(action))).toEqual(['old.act', 'audit.forget']);
  expect((await audit.verify(own.fork())).brokenAt).toBeNull();
});

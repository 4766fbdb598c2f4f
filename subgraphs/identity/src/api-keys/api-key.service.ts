/** API keys and the service accounts that act by them. */
import { API_KEY_PREFIX } from '@chat/identity-client/sessions/introspection';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, conflict, forbidden, notFound } from '@chat/kit/errors';
import { isId, newId } from '@chat/kit/ids';
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { AccessPublisher } from '../access/access-publisher';
import type { CreateServiceAccountInput } from '../accounts/account.input';
import type { Actor } from '../audit/actor';
import type { AuditService } from '../audit/audit.service';
import { inOrder, Role } from '../roles/role';
import { effectivePermissions } from '../roles/role.loader';
import { createUser, refusingTaken } from '../users/create-user';
import { UserEntity } from '../users/user.entity';
import { usernameProblem } from '../users/username';
import { ApiKey, type CreateApiKeyInput, type CreatedApiKey } from './api-key.type';

/** More than anybody needs, few enough to list. */
const MAX_KEYS = 100;
/** How exact `lastUsedAt` is, in milliseconds. */
const USE_RESOLUTION_MS = 60_000;
/** What a key that does not expire says about its end: 9999-12-31, in seconds since 1970. */
const NEVER = 253_402_214_400;

export class ApiKeyService {
  constructor(
    private readonly access: AccessPublisher,
    private readonly audit: AuditService,
  ) {}

  /** @throws BAD_USER_INPUT with `fields`; FORBIDDEN where it is for another account that is no service account. */
  async createApiKey(
    em: EntityManager,
    input: CreateApiKeyInput,
    isAdministrator: boolean,
    actor: Actor,
  ): Promise<CreatedApiKey> {
    const owner = await this.ownerOf(em, input.userId ?? actor.id!, isAdministrator, actor);
    await this.refuseWrong(em, input, owner);
    const id = newId();
    const secretPart = randomBytes(24).toString('base64url');
    const apiKey = em.create(ApiKey, {
      id,
      userId: owner.id,
      name: input.name.trim(),
      secretHash: hashOf(secretPart),
      permissions: inOrder(input.permissions),
      createdAt: new Date(),
      expiresAt: input.expiresAt ?? null,
      lastUsedAt: null,
      revokedAt: null,
    });
    await em.transactional(async (tx) => {
      await tx.persist(apiKey).flush();
      const details = { name: apiKey.name, permissions: apiKey.permissions, userId: owner.id };
      await this.audit.record(tx, actor, 'api-key.create', { type: 'ApiKey', id }, details);
    });
    return { apiKey, secret: `${API_KEY_PREFIX}${Buffer.from(uuidBytes(id)).toString('base64url')}${secretPart}` };
  }

  /** Ends a key of `userId`, or of anybody where that is undefined. @throws NOT_FOUND where there is none. */
  async revokeApiKey(em: EntityManager, id: string, userId: string | undefined, actor: Actor): Promise<void> {
    const key = isId(id) ? await em.findOne(ApiKey, { id, revokedAt: null, ...(userId && { userId }) }) : null;
    if (!key) throw notFound('API key');
    await em.transactional(async (tx) => {
      await tx.nativeUpdate(ApiKey, { id }, { revokedAt: new Date() });
      await this.audit.record(tx, actor, 'api-key.revoke', { type: 'ApiKey', id }, { name: key.name });
    });
    await this.access.ended([id]);
  }

  /** Keys that work or have expired, newest first. */
  keysOf(em: EntityManager, userId: string): Promise<ApiKey[]> {
    return em.find(ApiKey, { userId, revokedAt: null }, { orderBy: { id: 'desc' }, limit: MAX_KEYS });
  }

  /** Whose key it is and what it may do now; null where it is none (any more). Remembers that it was used. */
  async introspect(em: EntityManager, token: string): Promise<Viewer | null> {
    const [, idPart, secret] = new RegExp(`^${API_KEY_PREFIX}([\\w-]{22})([\\w-]{32})$`).exec(token) ?? [];
    if (!idPart || !secret) return null;
    const id = uuidText(Buffer.from(idPart, 'base64url'));
    const key = await em.findOne(ApiKey, { id, revokedAt: null });
    const now = new Date();
    if (!key || (key.expiresAt && key.expiresAt <= now)) return null;
    if (!timingSafeEqual(Buffer.from(key.secretHash), Buffer.from(hashOf(secret)))) return null;
    const user = await em.findOne(UserEntity, key.userId);
    if (!user?.isActive) return null;
    await em.execute(
      'update identity.api_keys set last_used_at = ? where id = ? and (last_used_at is null or last_used_at < ?)',
      [now, id, new Date(now.getTime() - USE_RESOLUTION_MS)],
    );
    const permissions = await effectivePermissions(em, user);
    return {
      id: user.id,
      sessionId: key.id,
      roles: user.roles,
      permissions: permissions.filter((permission) => key.permissions.includes(permission)),
      scope: key.permissions,
      expiresAt: key.expiresAt ? Math.floor(key.expiresAt.getTime() / 1000) : NEVER,
    };
  }

  /** @throws BAD_USER_INPUT or CONFLICT on the name. */
  async createServiceAccount(em: EntityManager, input: CreateServiceAccountInput, actor: Actor): Promise<UserEntity> {
    const username = input.username.normalize('NFC');
    const problem = usernameProblem(username);
    if (problem) throw badUserInput({ username: `username ${problem}.` });
    return refusingTaken(em, { username }, async (tx) => {
      const displayName = input.displayName?.trim() ?? username;
      const user = await createUser(tx, { username, displayName, roles: [Role.USER], isBot: true });
      await this.audit.record(tx, actor, 'service-account.create', { type: 'User', id: user.id }, { username });
      return user;
    });
  }

  private async ownerOf(em: EntityManager, id: string, isAdministrator: boolean, actor: Actor): Promise<UserEntity> {
    const isOwn = id === actor.id;
    if (!isOwn && !isAdministrator) throw forbidden('Only administrators make API keys for service accounts.');
    const owner = isId(id) ? await em.findOne(UserEntity, { id, deletedAt: null }) : null;
    if (!owner) throw notFound('User');
    if (!isOwn && !owner.isBot) throw forbidden('API keys of people are made by themselves.');
    return owner;
  }

  private async refuseWrong(em: EntityManager, input: CreateApiKeyInput, owner: UserEntity): Promise<void> {
    const allowed = await effectivePermissions(em, owner);
    const excess = input.permissions.filter((permission) => !allowed.includes(permission));
    const fields: Record<string, string> = {};
    if (input.permissions.length === 0) fields['permissions'] = 'An API key needs at least one permission.';
    if (excess.length > 0) fields['permissions'] = `The account does not have ${excess.join(', ')} itself.`;
    if (input.expiresAt && input.expiresAt <= new Date()) fields['expiresAt'] = 'expiresAt must be in the future.';
    if (Object.keys(fields).length > 0) throw badUserInput(fields);
    if ((await em.count(ApiKey, { userId: owner.id, revokedAt: null })) >= MAX_KEYS)
      throw conflict(`An account has at most ${MAX_KEYS} API keys. Revoke one first.`);
  }
}

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

const uuidBytes = (id: string): Uint8Array => Buffer.from(id.replaceAll('-', ''), 'hex');
const uuidText = (bytes: Buffer): string =>
  bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

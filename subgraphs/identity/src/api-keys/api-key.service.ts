/** API keys, and the service accounts that act through them. */
import { API_KEY_PREFIX } from '@chat/identity-client/sessions/introspection';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, conflict, forbidden, notFound } from '@chat/kit/errors';
import { refuseWrong } from '@chat/kit/graphql/wrong-fields';
import { isId, newId } from '@chat/kit/ids';
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { AccessNews } from '../access/access-news';
import type { AuditService } from '../audit/audit.service';
import { inOrder, Role } from '../permissions/role';
import { effectivePermissions } from '../permissions/permission.loader';
import { createUser, refusingTaken } from '../users/create-user';
import { UserEntity } from '../users/user.entity';
import { usernameProblem } from '../users/username';
import { ApiKeyEntity } from './api-key.entity';
import type { CreateApiKeyInput, CreateServiceAccountInput } from './api-key.input';
import { excessOf, mayCreateKeyFor, mayReceiveKey } from './api-key.rules';

/** Limit per account, so that the list needs no pages. */
const MAX_KEYS = 100;
/** Resolution of `lastUsedAt`, in milliseconds. */
const USE_RESOLUTION_MS = 60_000;
/** Expiry of a viewer whose key does not expire: 9999-12-31, in seconds since 1970. */
const NEVER = 253_402_214_400;

/** A key with its secret, which exists only here. */
export interface NewApiKey {
  apiKey: ApiKeyEntity;
  secret: string;
}

export class ApiKeyService {
  constructor(
    private readonly access: AccessNews,
    private readonly audit: AuditService,
  ) {}

  /** @throws BAD_USER_INPUT with `fields`; FORBIDDEN for an owner who is another person; CONFLICT at the limit */
  async createApiKey(em: EntityManager, input: CreateApiKeyInput, viewer: Viewer): Promise<NewApiKey> {
    const owner = await this.checkApiKey(em, input, viewer);
    if ((await em.count(ApiKeyEntity, { userId: owner.id, revokedAt: null })) >= MAX_KEYS)
      throw conflict(`An account has at most ${MAX_KEYS} API keys. Revoke one first.`);
    const id = newId();
    const secretPart = randomBytes(24).toString('base64url');
    const apiKey = em.create(ApiKeyEntity, {
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
      await this.audit.record(tx, { action: 'api-key.create', targetType: 'ApiKey', targetId: id, details });
    });
    return { apiKey, secret: `${API_KEY_PREFIX}${Buffer.from(uuidBytes(id)).toString('base64url')}${secretPart}` };
  }

  /** Revokes a key of `userId`, or of any account if that is undefined. @throws NOT_FOUND */
  async revokeApiKey(em: EntityManager, id: string, userId: string | undefined): Promise<void> {
    const key = isId(id) ? await em.findOne(ApiKeyEntity, { id, revokedAt: null, ...(userId && { userId }) }) : null;
    if (!key) throw notFound('API key');
    await em.transactional(async (tx) => {
      await tx.nativeUpdate(ApiKeyEntity, { id }, { revokedAt: new Date() });
      const details = { name: key.name };
      await this.audit.record(tx, { action: 'api-key.revoke', targetType: 'ApiKey', targetId: id, details });
    });
    await this.access.ended([id]);
  }

  /** Keys that are not revoked, expired ones included, newest first. */
  keysOf(em: EntityManager, userId: string): Promise<ApiKeyEntity[]> {
    return em.find(ApiKeyEntity, { userId, revokedAt: null }, { orderBy: { id: 'desc' }, limit: MAX_KEYS });
  }

  /** The account of a key and its present permissions, or null if the key is not valid. Updates the time of last use. */
  async introspect(em: EntityManager, token: string): Promise<Viewer | null> {
    const [, idPart, secret] = new RegExp(`^${API_KEY_PREFIX}([\\w-]{22})([\\w-]{32})$`).exec(token) ?? [];
    if (!idPart || !secret) return null;
    const id = uuidText(Buffer.from(idPart, 'base64url'));
    const key = await em.findOne(ApiKeyEntity, { id, revokedAt: null });
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

  /** @throws BAD_USER_INPUT or CONFLICT on the name */
  async createServiceAccount(em: EntityManager, input: CreateServiceAccountInput): Promise<UserEntity> {
    const username = input.username.normalize('NFC');
    const problem = usernameProblem(username);
    if (problem) throw badUserInput({ username: `username ${problem}.` });
    return refusingTaken(em, { username }, async (tx) => {
      const displayName = input.displayName?.trim() ?? username;
      const user = await createUser(tx, { username, displayName, roles: [Role.USER], isBot: true });
      const act = { action: 'service-account.create', targetType: 'User', targetId: user.id, details: { username } };
      await this.audit.record(tx, act);
      return user;
    });
  }

  private async ownerOf(em: EntityManager, id: string, viewer: Viewer): Promise<UserEntity> {
    if (!mayCreateKeyFor(viewer, id)) throw forbidden('Only administrators create API keys for service accounts.');
    const owner = isId(id) ? await em.findOne(UserEntity, { id, deletedAt: null }) : null;
    if (!owner) throw notFound('User');
    if (!mayReceiveKey(viewer, owner)) throw forbidden('People create their API keys themselves.');
    return owner;
  }

  /** @returns the owner of the key. @throws BAD_USER_INPUT with all wrong fields; FORBIDDEN or NOT_FOUND on the owner */
  async checkApiKey(em: EntityManager, input: CreateApiKeyInput, viewer: Viewer): Promise<UserEntity> {
    const owner = await this.ownerOf(em, input.userId ?? viewer.id, viewer);
    const excess = excessOf(input.permissions, await effectivePermissions(em, owner));
    const fields: Record<string, string> = {};
    if (input.permissions.length === 0) fields['permissions'] = 'An API key needs at least one permission.';
    if (excess.length > 0) fields['permissions'] = `The account itself does not have ${excess.join(', ')}.`;
    if (input.expiresAt && input.expiresAt <= new Date()) fields['expiresAt'] = 'expiresAt must be in the future.';
    refuseWrong(fields);
    return owner;
  }
}

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

const uuidBytes = (id: string): Uint8Array => Buffer.from(id.replaceAll('-', ''), 'hex');
const uuidText = (bytes: Buffer): string =>
  bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

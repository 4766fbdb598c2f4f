/**
 * Answers whether a viewer was granted a permission on a resource, in addition to the rules of the subgraph that owns it. Identity
 * stores grants to accounts and groups; every subgraph reads the grants on its own resources here.
 */
import { LRUCache } from 'lru-cache';
import type { EntityManager } from '@chat/kit/database/database';
import { ifTableIsMissing } from '@chat/kit/database/missing-table';
import { poolOf, PreparedStatement } from '@chat/kit/database/prepared-statement';
import { GroupedCalls } from '@chat/kit/grouped-calls';
import type { Viewer } from '@chat/kit/auth/viewer';

/** In ascending order. On a resource, each permission includes those before it. */
const LEVELS = ['READ', 'WRITE', 'DELETE', 'MANAGE'] as const;
export type Permission = (typeof LEVELS)[number];

/** A GraphQL type and the id of an object. A grant on `*` applies to every object of the type. */
export interface Resource {
  type: string;
  id: string;
}

/** The permissions on a resource by its id. Each comes with those that it includes. */
export type GrantedOn = (id: string) => readonly Permission[];

/** The grants of one account: permission levels by type and id. */
type Held = ReadonlyMap<string, ReadonlyMap<string, number>>;

export interface GrantsOptions {
  /** Lifetime of cached grants, in milliseconds; the latest a change is seen. Default 500. */
  ttlMs?: number;
  /** Limit of cached accounts. Default 20,000. */
  maxAccounts?: number;
}

const NO_GRANTS: Held = new Map();

interface GrantRow {
  user_id: string;
  resource_type: string;
  resource_id: string;
  permission: Permission;
}

const READ = new PreparedStatement<GrantRow>(
  'read-effective-grants',
  'select user_id, resource_type, resource_id, permission from identity.effective_grants where user_id = any($1::uuid[])',
);

export class Grants {
  private readonly held: LRUCache<string, Promise<Held>>;
  /** Groups concurrent reads, such as those after a restart. */
  private readonly reads = new GroupedCalls((userIds: readonly string[]) => this.read(userIds), { maxCalls: 2 });

  /** @param fork creates an entity manager on the database with identity's schema, which is only read */
  constructor(
    private readonly fork: () => EntityManager,
    { ttlMs = 500, maxAccounts = 20_000 }: GrantsOptions = {},
  ) {
    // Grows as needed. With `max`, it would take a megabyte from the start, in each subgraph.
    this.held = new LRUCache({ maxSize: maxAccounts, sizeCalculation: () => 1, ttl: ttlMs });
  }

  /**
   * Whether `viewer` manages the installation or was granted `permission` on `resource`, directly or through a group. The scope of an
   * API key limits the answer. @throws SERVICE_UNAVAILABLE if PostgreSQL does not answer
   */
  async can(viewer: Viewer | null, permission: Permission, resource: Resource): Promise<boolean> {
    if (!viewer || !isInScope(viewer, permission)) return false;
    if (viewer.permissions.includes('MANAGE')) return true;
    const ofType = (await this.of(viewer.id)).get(resource.type);
    if (!ofType) return false;
    return Math.max(ofType.get(resource.id) ?? 0, ofType.get('*') ?? 0) >= level(permission);
  }

  /** Ids of the resources of a type on which `viewer` was granted `permission`, for lists. May include `*`. */
  async ids(viewer: Pick<Viewer, 'id' | 'scope'> | null, permission: Permission, type: string): Promise<string[]> {
    if (!viewer || !isInScope(viewer, permission)) return [];
    const ofType = (await this.of(viewer.id)).get(type) ?? new Map<string, number>();
    return [...ofType].filter(([, granted]) => granted >= level(permission)).map(([id]) => id);
  }

  /** The grants of `viewer` on resources of a type. */
  async on(viewer: Pick<Viewer, 'id' | 'scope'> | null, type: string): Promise<GrantedOn> {
    const ofType = viewer && (await this.of(viewer.id)).get(type);
    if (!ofType) return () => [];
    const inScope = LEVELS.filter((permission) => isInScope(viewer, permission));
    return (id) => {
      const granted = Math.max(ofType.get(id) ?? 0, ofType.get('*') ?? 0);
      return inScope.filter((permission) => level(permission) <= granted);
    };
  }

  /** Drops the cached grants of an account, or of all accounts. For `watchAccessChanges`. */
  forget(userId?: string): void {
    if (userId === undefined) this.held.clear();
    else this.held.delete(userId);
  }

  private of(userId: string): Promise<Held> {
    const known = this.held.get(userId);
    if (known) return known;
    const fresh = this.reads.run(userId);
    this.held.set(userId, fresh);
    fresh.catch(() => this.held.delete(userId));
    return fresh;
  }

  private async read(userIds: readonly string[]): Promise<Held[]> {
    // A subgraph may run before identity's first migration; until then there are no grants.
    const rows = await READ.run(poolOf(this.fork()), [userIds]).catch(ifTableIsMissing<GrantRow[]>([]));
    const byAccount = Map.groupBy(rows, (row) => row.user_id);
    return userIds.map((userId) => toHeld(byAccount.get(userId)));
  }
}

function toHeld(rows: readonly GrantRow[] | undefined): Held {
  if (!rows) return NO_GRANTS;
  const held = new Map<string, Map<string, number>>();
  for (const { resource_type: type, resource_id: id, permission } of rows) {
    const ofType = held.get(type) ?? new Map<string, number>();
    held.set(type, ofType.set(id, Math.max(ofType.get(id) ?? 0, level(permission))));
  }
  return held;
}

const level = (permission: Permission): number => LEVELS.indexOf(permission) + 1;

const isInScope = ({ scope }: Pick<Viewer, 'scope'>, permission: Permission): boolean =>
  !scope || scope.includes(permission) || scope.includes('MANAGE');

/** The query for the audit log. */
import { pageArgumentDescriptions as page, type Connection } from '@chat/kit/graphql/connection';
import { Arg, Ctx, FieldResolver, Int, Query, Resolver, Root } from 'type-graphql';
import type { IdentityContext } from '../context';
import type { LoadedUser } from '../users/user.loader';
import { User } from '../users/user.type';
import type { AuditActEntity } from './audit-act.entity';
import { AuditAct, AuditActConnection, AuditLogFilter } from './audit.type';

@Resolver(() => AuditAct)
export class AuditResolver {
  @Query(() => AuditActConnection, {
    description: 'Security-relevant and administrative acts of all subgraphs, newest first.',
  })
  auditLog(
    @Arg('filter', () => AuditLogFilter, { nullable: true, description: 'Default: all acts.' })
    filter: AuditLogFilter | null,
    @Arg('first', () => Int, { nullable: true, description: page.first }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: page.after }) after: string | null,
    @Arg('last', () => Int, { nullable: true, description: page.last }) last: number | null,
    @Arg('before', () => String, { nullable: true, description: page.before }) before: string | null,
    @Ctx() { em, services }: IdentityContext,
  ): Promise<Connection<AuditActEntity>> {
    return services.audit.auditLog(em, filter ?? {}, { first, after, last, before });
  }

  @FieldResolver(() => User)
  actor(@Root() { actorId }: AuditActEntity, @Ctx() { loaders }: IdentityContext): Promise<LoadedUser | null> | null {
    return actorId ? loaders.user.load(actorId) : null;
  }

  @FieldResolver(() => String)
  ip(@Root() act: AuditActEntity): string | null {
    return act.address;
  }
}

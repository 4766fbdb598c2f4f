/** An act on the audit log. Rows are append-only: a trigger refuses changes. */
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

@Entity({ tableName: 'audit_acts' })
export class AuditActEntity {
  /** Position in the chain: 1, 2, 3, … */
  @PrimaryKey({ type: 'bigint' })
  seq!: string;

  @Property({ type: 'uuid' })
  id!: string;

  @Property({ type: 'timestamptz' })
  at!: Date;

  @Property({ type: 'text' })
  action!: string;

  @Property({ type: 'uuid', nullable: true })
  actorId!: string | null;

  @Property({ type: 'text', nullable: true })
  targetType!: string | null;

  @Property({ type: 'text', nullable: true })
  targetId!: string | null;

  @Property({ type: 'text', nullable: true })
  address!: string | null;

  @Property({ type: 'text', nullable: true })
  correlationId!: string | null;

  @Property({ type: 'json' })
  details!: Record<string, unknown>;

  /** See chainHash(). */
  @Property({ type: 'blob' })
  hash!: Buffer;
}

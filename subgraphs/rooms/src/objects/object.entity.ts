/** Rows of objects in rooms. */
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { StoredTransform } from '../spatial/transform.input';

export type ObjectState = Record<string, unknown>;

@Entity({ tableName: 'objects' })
export class ObjectEntity {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'uuid' })
  roomId!: string;

  @Property({ type: 'text' })
  kind!: string;

  @Property({ type: 'json' })
  transform!: StoredTransform;

  @Property({ type: 'json' })
  state!: ObjectState;

  /** Rises by one with every change. */
  @Property({ type: 'integer' })
  version!: number;

  /** Whether only the owner and moderators change it. */
  @Property({ type: 'boolean' })
  isLocked!: boolean;

  @Property({ type: 'uuid' })
  ownerId!: string;

  @Property({ type: 'timestamptz' })
  createdAt!: Date;
}

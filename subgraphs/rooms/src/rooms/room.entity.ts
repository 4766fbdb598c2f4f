/** Rows of rooms. Occupants and poses are in Redis; see occupants/seats.ts. */
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { StoredTransform } from '../spatial/transform.input';

@Entity({ tableName: 'rooms' })
export class RoomEntity {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'text' })
  name!: string;

  @Property({ type: 'integer' })
  capacity!: number;

  /** The name of a built-in environment, or the id of a file. */
  @Property({ type: 'text' })
  environment!: string;

  @Property({ type: 'json' })
  spawn!: StoredTransform;

  @Property({ type: 'boolean' })
  isPrivate!: boolean;

  /** Whether occupants come back to their last pose. */
  @Property({ type: 'boolean' })
  isPersistent!: boolean;

  @Property({ type: 'boolean' })
  isLocked: boolean = false;

  @Property({ type: 'boolean' })
  hasLobby!: boolean;

  @Property({ type: 'boolean' })
  openToGuests!: boolean;

  /** The text channel, which messaging owns. */
  @Property({ type: 'uuid', nullable: true })
  channelId!: string | null;

  @Property({ type: 'uuid' })
  createdBy!: string;

  @Property({ type: 'timestamptz' })
  createdAt!: Date;
}

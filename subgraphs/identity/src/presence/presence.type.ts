/** Presence in the graph. */
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { User } from '../users/user.type';

export enum PresenceStatus {
  ONLINE = 'ONLINE',
  AWAY = 'AWAY',
  BUSY = 'BUSY',
  OFFLINE = 'OFFLINE',
}

registerEnumType(PresenceStatus, {
  name: 'PresenceStatus',
  description: 'The presence of an account, as others see it.',
  valuesConfig: {
    ONLINE: { description: 'Connected on at least one device.' },
    AWAY: { description: 'Connected, but not at the device.' },
    BUSY: { description: 'Connected, but not to be disturbed.' },
    OFFLINE: { description: 'Not connected, or hidden.' },
  },
});

@ObjectType({ description: 'The presence of an account.' })
export class Presence {
  userId!: string;

  /** Changes with the account's status text. */
  statusVersion?: string;

  @Field(() => User, { description: 'The account.' })
  user?: User;

  @Field(() => PresenceStatus, { description: 'The status.' })
  status!: PresenceStatus;

  @Field(() => Date, {
    nullable: true,
    description: 'Time of last presence; the present time if it is online; absent after 90 days.',
  })
  lastSeenAt!: Date | null;
}

/** Whether somebody is there. */
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
  description: 'Whether an account is there.',
  valuesConfig: {
    ONLINE: { description: 'Connected, on some device.' },
    AWAY: { description: 'Connected, and not in front of it.' },
    BUSY: { description: 'Connected, and not to be disturbed.' },
    OFFLINE: { description: 'Not connected, or not wanting to be seen.' },
  },
});

@ObjectType({ description: 'Whether an account is there.' })
export class Presence {
  userId!: string;

  @Field(() => User, { description: 'Whose it is.' })
  user?: User;

  @Field(() => PresenceStatus, { description: 'What others see.' })
  status!: PresenceStatus;

  @Field(() => Date, {
    nullable: true,
    description: 'When it was there last, or now where it is; absent where it has not been for long.',
  })
  lastSeenAt!: Date | null;
}

/** Every migration, in order. What has been released is never changed. */
import type { MigrationObject } from '@mikro-orm/core';
import { Channels } from './001-channels';
import { Conversations } from './002-conversations';
import { SendMessages } from './003-send-messages';
import { Projects } from './200-projects';
import { Webhooks } from './210-webhooks';
import { ReadChannelAccess } from './300-read-channel-access';
import { WhatIsKept } from './310-what-is-kept';
import { SearchWithinBounds } from './320-search-within-bounds';
import { ReadMessages } from './330-read-messages';
import { WalkBack } from './340-walk-back';
import { DecideUnderTheLock } from './350-decide-under-the-lock';
import { ForgetWhatWasDelivered } from './360-forget-what-was-delivered';
import { CountExactly } from './370-count-exactly';
import { ActsOfAbsentAccounts } from './400-acts-of-absent-accounts';
import { AccessNews } from './440-access-news';
import { MessageHtml } from './450-message-html';

export const migrations: MigrationObject[] = [
  { name: '001-channels', class: Channels },
  { name: '002-conversations', class: Conversations },
  { name: '003-send-messages', class: SendMessages },
  { name: '200-projects', class: Projects },
  { name: '210-webhooks', class: Webhooks },
  { name: '300-read-channel-access', class: ReadChannelAccess },
  { name: '310-what-is-kept', class: WhatIsKept },
  { name: '320-search-within-bounds', class: SearchWithinBounds },
  { name: '330-read-messages', class: ReadMessages },
  { name: '340-walk-back', class: WalkBack },
  { name: '350-decide-under-the-lock', class: DecideUnderTheLock },
  { name: '360-forget-what-was-delivered', class: ForgetWhatWasDelivered },
  { name: '370-count-exactly', class: CountExactly },
  { name: '400-acts-of-absent-accounts', class: ActsOfAbsentAccounts },
  { name: '440-access-news', class: AccessNews },
  { name: '450-message-html', class: MessageHtml },
];

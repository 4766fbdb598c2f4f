/** Warnings about a search: operators and names that are not known. */
import { registerEnumType } from 'type-graphql';

export enum SearchWarningCode {
  UNKNOWN_OPERATOR = 'UNKNOWN_OPERATOR',
  UNKNOWN_ACCOUNT = 'UNKNOWN_ACCOUNT',
  UNKNOWN_CHANNEL = 'UNKNOWN_CHANNEL',
}

registerEnumType(SearchWarningCode, {
  name: 'SearchWarningCode',
  description: 'Kind of a warning about a search.',
  valuesConfig: {
    UNKNOWN_OPERATOR: { description: 'The term looks like an operator and was searched as text.' },
    UNKNOWN_ACCOUNT: { description: 'No account and no group has the name or id after from:.' },
    UNKNOWN_CHANNEL: {
      description: 'No channel that the viewer may read has the name or id after in:, or the id in `channelId`.',
    },
  },
});

export interface SearchWarningEntity {
  code: SearchWarningCode;
  term: string;
  message: string;
}

export const unknownAccount = (name: string): SearchWarningEntity => ({
  code: SearchWarningCode.UNKNOWN_ACCOUNT,
  term: `from:${name}`,
  message: `No account and no group is called ${name}.`,
});

export const unknownChannel = (name: string): SearchWarningEntity => ({
  code: SearchWarningCode.UNKNOWN_CHANNEL,
  term: `in:${name}`,
  message: `You can read no channel called ${name}.`,
});

export const unknownChannelId = (id: string): SearchWarningEntity => ({
  code: SearchWarningCode.UNKNOWN_CHANNEL,
  term: id,
  message: 'You can read no channel with the id in channelId.',
});

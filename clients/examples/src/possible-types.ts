/**
 * The interfaces in the operations, with the types that the operations name. Without them, a cache cannot know that MessageEdited is no
 * interface, and guesses. Types that are named nowhere need no entry.
 */
export const POSSIBLE_TYPES = {
  ChannelEvent: ['MessageAdded', 'MessageEdited', 'HistoryGap'],
  InboxEvent: ['UnreadChanged'],
};

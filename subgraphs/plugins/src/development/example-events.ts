/** Examples of events, for members that a line of the local runner leaves out. */
import { newId } from '@chat/kit/ids';
import type { EventName } from '../bundles/manifest';

export function exampleEvent(event: EventName, channelId: string, userId: string): Record<string, unknown> {
  const base = { id: newId(), type: event, at: new Date().toISOString() };
  const user = { id: userId, displayName: 'Ada', isBot: false };
  const place = { channelId, channel: { id: channelId, name: 'general' } };
  const message = { id: newId(), seq: 1, text: 'Good morning', parent: null, author: user };
  const ticket = { id: newId(), title: 'A ticket', status: 'OPEN', priority: 'NORMAL', labels: [] };
  switch (event) {
    case 'messageAdded':
    case 'messageEdited':
    case 'reactionsChanged':
      return { ...base, ...place, messageId: message.id, message };
    case 'messageDeleted':
      return { ...base, ...place, messageId: message.id };
    case 'membersChanged':
    case 'channelUpdated':
      return { ...base, ...place };
    case 'ticketCreated':
    case 'ticketUpdated':
    case 'ticketCommented':
      return { ...base, projectId: newId(), ticket, fields: [] };
    case 'fileReady':
      return { ...base, file: { id: newId(), name: 'notes.txt', mimeType: 'text/plain', size: 100 } };
    case 'pageCreated':
    case 'pageUpdated':
      return { ...base, page: { id: newId(), slug: 'home', title: 'Home', locale: 'en', version: 1, tags: [] } };
    case 'gesturePerformed':
      return { ...base, room: { id: newId(), name: 'Plaza' }, user, gesture: 'OPEN_HAND', confidence: 0.9 };
  }
}

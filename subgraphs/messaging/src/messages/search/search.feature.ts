/** Full-text search over the messages that the viewer may read. */
import type { MessagingFeature } from '../../feature';
import { searchPolicy } from './search.policy';
import { SearchResolver } from './search.resolver';

export const searchFeature: MessagingFeature = { name: 'search', resolvers: [SearchResolver], policy: searchPolicy };

/**
 * The wiki's service for a command, without a server: changes have revisions and events, and pages are indexed by the jobs of the
 * subgraph. Redis is not rung, so subscribers see the changes a moment later.
 */
import { Grants } from '@chat/identity-client/access/grants';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { Database } from '@chat/kit/database/database';
import { EventLog } from '@chat/kit/events/event-log';
import { Jobs } from '@chat/kit/jobs/jobs';
import type { Logger } from '@chat/kit/logging';
import { SourceChanges } from '../../changes/source-changes';
import { indexChangedPages } from '../../retrieval/search/wiki.source';
import { CategoryService } from '../categories/category.service';
import { analysePage } from '../pages/page.analysis';
import { pageDiff } from '../pages/page.diff';
import { mergeTexts } from '../pages/page.merge';
import type { PageTexts } from '../pages/page.reader';
import { PageService } from '../pages/page.service';
import { PageImporter } from './page.importer';

/** A command has no requests that wait, so it needs no threads. */
const texts: PageTexts = {
  analyse: (page) => Promise.resolve(analysePage(page)),
  merge: (versions) => Promise.resolve(mergeTexts(versions)),
  diff: (from, to) => Promise.resolve(pageDiff({ from, to })),
};

/** @param database opened with the entity of pages. @param authorId the account that is the author of the pages */
export function importerFor(database: Database, log: Logger, authorId: string): PageImporter {
  const fork = () => database.fork();
  const changes = new SourceChanges();
  indexChangedPages(changes, new Jobs('knowledge', database, log));
  const eventLog = new EventLog('knowledge', { ring: () => Promise.resolve() }, log);
  const pages = new PageService(eventLog, new CategoryService(new Grants(fork), changes), changes, texts);
  return new PageImporter(fork, pages, operator(authorId));
}

/** An operator at the command line may do everything. */
const operator = (id: string): Viewer => ({
  id,
  sessionId: '',
  roles: ['ADMIN'],
  permissions: ['READ', 'WRITE', 'DELETE', 'MANAGE'],
  expiresAt: Number.MAX_SAFE_INTEGER,
});

/** Creates, changes, rolls back and deletes pages. Access is in page.policy.ts, statements in page.store.ts. */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, conflict, forbidden, notFound } from '@chat/kit/errors';
import type { Append, EventLog } from '@chat/kit/events/event-log';
import {
  pageRequest,
  sortValue,
  toConnection,
  type Connection,
  type PageArguments,
} from '@chat/kit/graphql/connection';
import { newId } from '@chat/kit/ids';
import { languageOf } from '@chat/kit/text-analysis/language';
import { LockMode } from '@mikro-orm/core';
import type { SourceChange, SourceChanges } from '../../changes/source-changes';
import { localeOf } from '../../locale';
import type { CategoryService } from '../categories/category.service';
import { resubmitChange, submitChange, takeChange, type DraftRow } from '../drafts/draft.store';
import { attachFiles } from './attachment.store';
import { PageEntity } from './page.entity';
import { pageStream } from './page.events';
import type { CreatePageInput, UpdatePageInput } from './page.input';
import { mergeValues } from './page.merge';
import { pathOf } from './page.path';
import type { PageTexts } from './page.reader';
import { indexPage, insertRevision, readRevision, type RevisionRow } from './page.store';

const REVISIONS = 'wikiRevisions';
const MAX_VERSION = 2_147_483_647;

/** Further work on the page in the transaction of a change. */
type Also = (tx: EntityManager, page: PageEntity) => Promise<void>;

type Content = Pick<PageEntity, 'title' | 'body' | 'categoryId' | 'tags'>;

export class PageService {
  constructor(
    private readonly eventLog: EventLog,
    private readonly categories: CategoryService,
    private readonly changes: SourceChanges,
    private readonly reader: PageTexts,
  ) {}

  /**
   * @param also further work in the transaction
   * @throws CONFLICT if the path is taken in this locale
   */
  async createWikiPage(em: EntityManager, viewer: Viewer, input: CreatePageInput, also?: Also): Promise<PageEntity> {
    const locale = localeOf(input.locale) ?? languageOf(`${input.title}\n${input.body}`) ?? 'en';
    return this.eventLog.transaction(em, async (tx, append) => {
      const slug = await freeSlug(tx, input.slug, input.title, locale);
      const categoryId = await this.categories.categoryAt(tx, viewer, input.categoryPath ?? '');
      await this.categories.requireUnlocked(tx, viewer, categoryId);
      const waits = await this.categories.needsApproval(tx, viewer, categoryId);
      const now = new Date();
      const page = tx.create(PageEntity, {
        id: newId(),
        slug,
        locale,
        title: input.title.trim(),
        body: input.body,
        version: 1,
        categoryId,
        tags: tagsOf(input.tags),
        isRestricted: false,
        isPublished: !waits,
        isTemplate: false,
        isLocked: false,
        createdBy: viewer.id,
        updatedBy: viewer.id,
        createdAt: now,
        updatedAt: now,
      });
      await tx.persist(page).flush();
      await tx.execute('delete from knowledge.wiki_paths where slug = ? and locale = ?', [slug, locale]);
      await insertRevision(tx, page, input.summary ?? null);
      if (input.attachmentIds) await attachFiles(tx, viewer, page.id, input.attachmentIds);
      if (waits) await submitChange(tx, viewer, page, { ...page, summary: input.summary ?? null });
      await this.finish(tx, append, page, 'CREATED');
      await also?.(tx, page);
      return page;
    });
  }

  /** Merges if `baseVersion` is not the current version. @throws CONFLICT if the changes overlap, BAD_USER_INPUT if there is no such version */
  async updateWikiPage(em: EntityManager, viewer: Viewer, input: UpdatePageInput, also?: Also): Promise<PageEntity> {
    return this.eventLog.transaction(em, async (tx, append) => {
      const page = await lockPage(tx, input.id);
      const base = await readRevision(tx, page.id, inRange(input.baseVersion));
      if (!base) throw badUserInput({ baseVersion: 'baseVersion is not a version of this page.' });
      const theirs: Content = {
        title: input.title?.trim() ?? base.title,
        body: input.body ?? base.body,
        tags: input.tags ? tagsOf(input.tags) : base.tags,
        categoryId:
          input.categoryPath == null
            ? base.category_id
            : await this.categories.categoryAt(tx, viewer, input.categoryPath),
      };
      const merged = await mergeContent(this.reader, base, page, theirs);
      if (!merged)
        throw conflict('The page has changed since, in the same places. Read it again and repeat the change.', {
          currentVersion: page.version,
        });
      if (merged.categoryId !== page.categoryId) await this.categories.requireUnlocked(tx, viewer, merged.categoryId);
      const summary = input.summary ?? null;
      const waits = await this.categories.needsApproval(tx, viewer, page.categoryId, merged.categoryId);
      if (waits && page.isPublished) {
        if (input.attachmentIds) throw forbidden('Attachments of this page need an account that approves changes.');
        await submitChange(tx, viewer, page, { ...merged, slug: input.slug ?? null, summary });
        await also?.(tx, page);
        return page;
      }
      const hasNewSlug = await this.move(tx, page, input.slug);
      await this.revise(tx, append, page, viewer, merged, summary, hasNewSlug);
      if (input.attachmentIds) await attachFiles(tx, viewer, page.id, input.attachmentIds);
      if (waits) await resubmitChange(tx, viewer, page, summary);
      await also?.(tx, page);
      return page;
    });
  }

  /** A new revision with the content of an earlier one. @throws BAD_USER_INPUT if there is no such version */
  async rollbackWikiPage(em: EntityManager, viewer: Viewer, id: string, version: number): Promise<PageEntity> {
    return this.eventLog.transaction(em, async (tx, append) => {
      const page = await lockPage(tx, id);
      const target = await readRevision(tx, page.id, inRange(version));
      if (!target) throw badUserInput({ version: 'version is not a version of this page.' });
      const { title, body, tags, category_id: categoryId } = target;
      const summary = `Rollback to version ${version}`;
      if (page.isPublished && (await this.categories.needsApproval(tx, viewer, page.categoryId, categoryId))) {
        await submitChange(tx, viewer, page, { title, body, tags, categoryId, slug: null, summary });
        return page;
      }
      await this.revise(tx, append, page, viewer, { title, body, tags, categoryId }, summary, true);
      return page;
    });
  }

  /** Publishes a change that waits. @throws CONFLICT if the page has changed since in the same places */
  async approveWikiChange(em: EntityManager, viewer: Viewer, change: DraftRow): Promise<PageEntity> {
    return this.eventLog.transaction(em, async (tx, append) => {
      const page = await lockPage(tx, change.pageId!);
      const waiting = await takeChange(tx, change.id);
      const base = waiting && (await readRevision(tx, page.id, waiting.baseVersion!));
      if (!waiting || !base) throw conflict('The change no longer waits. Read the list again.');
      const { title, body, tags } = waiting;
      const categoryId = await this.categories.idAt(tx, waiting.categoryPath);
      if (await this.categories.needsApproval(tx, viewer, page.categoryId, categoryId))
        throw forbidden('The category to which the change moves the page needs the approval of others.');
      const merged = await mergeContent(this.reader, base, page, { title, body, tags, categoryId });
      if (!merged)
        throw conflict('The page has changed since, in the same places. Reject the change, or repeat it.', {
          currentVersion: page.version,
        });
      const isNew = !page.isPublished;
      page.isPublished = true;
      const hasNewSlug = await this.move(tx, page, isNew ? null : waiting.slug);
      const author = { id: waiting.authorId };
      await this.revise(tx, append, page, author, merged, waiting.summary, hasNewSlug, viewer.id);
      if (isNew) {
        await tx.flush();
        await tx.execute('update knowledge.wiki_revisions set approved_by = ? where page_id = ? and version = ?', [
          ...[viewer.id, page.id, page.version],
        ]);
        await append(pageStream.of(page.id), 'PageAccessChanged', { id: page.id, version: page.version });
        await this.changes.announce(tx, { kind: 'WIKI', id: page.id, change: 'ACCESS' });
      }
      return page;
    });
  }

  async deleteWikiPage(em: EntityManager, id: string): Promise<void> {
    await this.eventLog.transaction(em, async (tx, append) => {
      const page = await lockPage(tx, id);
      const { version } = page;
      await tx.remove(page).flush();
      await append(pageStream.of(page.id), 'PageDeleted', { id: page.id, version });
      await this.changes.announce(tx, { kind: 'WIKI', id: page.id, change: 'DELETED' });
    });
  }

  /** Changes settings that are no content and make no revision. */
  async set(
    em: EntityManager,
    id: string,
    settings: Partial<Pick<PageEntity, 'isRestricted' | 'isLocked' | 'isTemplate'>>,
  ): Promise<PageEntity> {
    return this.eventLog.transaction(em, async (tx, append) => {
      const page = await lockPage(tx, id);
      Object.assign(page, settings);
      await tx.flush();
      await append(pageStream.of(page.id), 'PageAccessChanged', { id: page.id, version: page.version });
      await this.changes.announce(tx, { kind: 'WIKI', id: page.id, change: 'ACCESS' });
      return page;
    });
  }

  async wikiDiff(em: EntityManager, id: string, from: number, to: number) {
    const [a, b] = await Promise.all([from, to].map((version) => readRevision(em, id.toLowerCase(), inRange(version))));
    if (!a || !b)
      throw badUserInput({
        ...(!a && { from: 'from is not a version of this page.' }),
        ...(!b && { to: 'to is not a version of this page.' }),
      });
    return this.reader.diff(a, b);
  }

  async revisions(em: EntityManager, pageId: string, page: PageArguments): Promise<Connection<RevisionRow>> {
    const request = pageRequest(REVISIONS, page);
    const from = sortValue(request, (value): value is number => typeof value === 'number');
    const [beyond, order] = request.isBackward ? ['>', 'asc'] : ['<', 'desc'];
    const rows = await em.execute<RevisionRow[]>(
      `select * from knowledge.wiki_revisions where page_id = ? ${from === undefined ? '' : `and version ${beyond} ?`}
       order by version ${order} limit ?`,
      [pageId, ...(from === undefined ? [] : [inRange(from)]), request.limit],
    );
    return toConnection(REVISIONS, request, rows, ({ version }) => [version]);
  }

  private async revise(
    tx: EntityManager,
    append: Append,
    page: PageEntity,
    author: Pick<Viewer, 'id'>,
    content: Content,
    summary: string | null,
    isForced: boolean,
    approvedBy: string | null = null,
  ): Promise<void> {
    const isSame = (Object.keys(content) as (keyof Content)[]).every(
      (key) => JSON.stringify(content[key]) === JSON.stringify(page[key]),
    );
    if (isSame && !isForced) return;
    Object.assign(page, content, { version: page.version + 1, updatedBy: author.id, updatedAt: new Date() });
    await tx.flush();
    await insertRevision(tx, page, summary, approvedBy);
    await this.finish(tx, append, page, 'UPDATED');
  }

  /** Gives the page a new path and keeps the earlier one as an alias. */
  private async move(tx: EntityManager, page: PageEntity, slug: string | null | undefined): Promise<boolean> {
    if (slug == null || pathOf(slug) === page.slug) return false;
    const path = await freeSlug(tx, slug, '', page.locale);
    await tx.execute('delete from knowledge.wiki_paths where slug = ? and locale = ?', [path, page.locale]);
    await tx.execute(
      `insert into knowledge.wiki_paths (slug, locale, page_id) values (?, ?, ?)
       on conflict (slug, locale) do update set page_id = excluded.page_id`,
      [page.slug, page.locale, page.id],
    );
    page.slug = path;
    return true;
  }

  private async finish(tx: EntityManager, append: Append, page: PageEntity, change: SourceChange['change']) {
    await indexPage(tx, page, await this.reader.analyse(page));
    const type = change === 'CREATED' ? 'PageCreated' : 'PageUpdated';
    await append(pageStream.of(page.id), type, { id: page.id, version: page.version });
    await this.changes.announce(tx, { kind: 'WIKI', id: page.id, change });
  }
}

async function mergeContent(
  reader: PageTexts,
  base: RevisionRow,
  ours: PageEntity,
  theirs: Content,
): Promise<Content | undefined> {
  const title = mergeValues(base.title, ours.title, theirs.title);
  const tags = mergeValues(base.tags, ours.tags, theirs.tags);
  const categoryId = mergeValues(base.category_id, ours.categoryId, theirs.categoryId);
  if (!title || !tags || !categoryId) return undefined;
  const body = await reader.merge({ base: base.body, ours: ours.body, theirs: theirs.body });
  if (body === undefined) return undefined;
  return { title: title.value, tags: tags.value, categoryId: categoryId.value, body };
}

async function lockPage(tx: EntityManager, id: string): Promise<PageEntity> {
  const page = await tx.findOne(
    PageEntity,
    { id: id.toLowerCase() },
    { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
  );
  if (!page) throw notFound('Page');
  return page;
}

/** The path, or one from the title with a number if it is taken. @throws CONFLICT, BAD_USER_INPUT */
async function freeSlug(
  tx: EntityManager,
  slug: string | null | undefined,
  title: string,
  locale: string,
): Promise<string> {
  const path = pathOf(slug ?? title.replaceAll('/', ' '));
  if (path === '' && slug != null) throw badUserInput({ slug: 'slug needs a letter or a digit.' });
  const stem = path || 'page';
  await tx.execute('select pg_advisory_xact_lock(hashtextextended(?, 13))', [`wiki ${locale} ${stem}`]);
  const taken = await tx.execute<{ slug: string }[]>(
    'select slug from knowledge.wiki_pages where locale = ? and (slug = ? or starts_with(slug, ?))',
    [locale, stem, `${stem}-`],
  );
  const slugs = new Set(taken.map((row) => row.slug));
  if (!slugs.has(stem)) return stem;
  if (slug != null) throw conflict('Another page has this path.');
  let number = 2;
  while (slugs.has(`${stem}-${number}`)) number++;
  return `${stem}-${number}`;
}

const tagsOf = (tags: readonly string[] | null | undefined): string[] => [
  ...new Set((tags ?? []).map((tag) => tag.trim()).filter((tag) => tag !== '')),
];

const inRange = (version: number) => Math.max(0, Math.min(version, MAX_VERSION));

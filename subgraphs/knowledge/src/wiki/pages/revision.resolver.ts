/** Revisions in the graph. */
import { FieldResolver, Resolver, Root } from 'type-graphql';
import type { RevisionRow } from './page.store';
import { WikiRevision } from './page.type';

@Resolver(() => WikiRevision)
export class RevisionResolver {
  @FieldResolver()
  author(@Root() revision: RevisionRow): { id: string } {
    return { id: revision.author_id };
  }

  @FieldResolver()
  originalAuthor(@Root() revision: RevisionRow): string | null {
    return revision.original_author;
  }

  @FieldResolver()
  approvedBy(@Root() revision: RevisionRow): { id: string } | null {
    return revision.approved_by === null ? null : { id: revision.approved_by };
  }

  @FieldResolver()
  createdAt(@Root() revision: RevisionRow): Date {
    return new Date(revision.created_at);
  }
}

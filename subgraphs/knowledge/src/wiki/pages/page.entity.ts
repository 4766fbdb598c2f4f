/** Rows of pages: the current revision. Searchable documents are columns that only page.store.ts writes. */
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

@Entity({ tableName: 'wiki_pages' })
export class PageEntity {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  /** The path, such as `guides/setup`. Unique within a locale. */
  @Property({ type: 'text' })
  slug!: string;

  @Property({ type: 'text' })
  locale!: string;

  @Property({ type: 'text' })
  title!: string;

  @Property({ type: 'text' })
  body!: string;

  @Property({ type: 'integer' })
  version!: number;

  @Property({ type: 'uuid', nullable: true })
  categoryId!: string | null;

  @Property({ type: 'string[]' })
  tags!: string[];

  @Property({ type: 'boolean' })
  isRestricted!: boolean;

  /** False until the first version is approved. */
  @Property({ type: 'boolean' })
  isPublished!: boolean;

  @Property({ type: 'boolean' })
  isTemplate!: boolean;

  /** Whether only its creator, moderators and accounts with a grant change it. */
  @Property({ type: 'boolean' })
  isLocked!: boolean;

  @Property({ type: 'uuid' })
  createdBy!: string;

  @Property({ type: 'uuid' })
  updatedBy!: string;

  @Property({ type: 'timestamptz' })
  createdAt!: Date;

  @Property({ type: 'timestamptz' })
  updatedAt!: Date;
}

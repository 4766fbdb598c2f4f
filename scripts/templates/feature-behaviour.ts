/** Templates of a feature's behaviour: manifest, service, events and resolver. */
import type { FeatureNames } from './feature-names';

export const manifest = ({
  type,
  types,
  file,
  field,
  fields,
  table,
  plural,
  Subgraph,
  up,
}: FeatureNames) => `/** ${types}: everything that the feature brings to its subgraph. */
import type { ${Subgraph}Feature } from '${up}/feature';
import { ${type}Entity } from './${file}.entity';
import { ${type}Loader } from './${file}.loader';
import { ${field}Policy } from './${file}.policy';
import { ${field}Reference } from './${file}.reference';
import { ${type}Resolver } from './${file}.resolver';
import { ${type}Service } from './${file}.service';

export const ${field}Feature: ${Subgraph}Feature<{
  services: { ${fields}: ${type}Service };
  loaders: { ${field}: ${type}Loader };
}> = {
  name: '${plural.replaceAll(' ', '-')}',
  entities: [${type}Entity],
  resolvers: [${type}Resolver],
  references: { ${type}: ${field}Reference },
  policy: ${field}Policy,
  services: ({ eventLog }) => ({ ${fields}: new ${type}Service(eventLog) }),
  loaders: ({ em, viewer }) => ({ ${field}: new ${type}Loader(em, viewer) }),
  accountRows: [{ table: '${table}', column: 'created_by' }],
};
`;

export const service = ({
  type,
  types,
  file,
  field,
  fields,
  words,
  plural,
}: FeatureNames) => `/** Creates, changes and lists ${plural}. Access is in ${file}.policy.ts. */
import type { EntityManager } from '@chat/kit/database/database';
import { notFound } from '@chat/kit/errors';
import type { EventLog } from '@chat/kit/events/event-log';
import { foreignCursor, pageRequest, toConnection, type Connection, type PageArguments } from '@chat/kit/graphql/connection';
import { isId, newId } from '@chat/kit/ids';
import { LockMode } from '@mikro-orm/core';
import { ${type}Entity } from './${file}.entity';
import { ${field}Stream } from './${file}.events';
import type { Create${type}Input, Update${type}Input } from './${file}.input';

export class ${type}Service {
  constructor(private readonly eventLog: EventLog) {}

  async create${type}(em: EntityManager, createdBy: string, { name }: Create${type}Input): Promise<${type}Entity> {
    return this.eventLog.transaction(em, async (tx, append) => {
      const ${field} = tx.create(${type}Entity, { id: newId(), name: name.trim(), createdBy, createdAt: new Date() });
      await tx.persist(${field}).flush();
      await append(${field}Stream.of(${field}.id), '${type}Created', { id: ${field}.id });
      return ${field};
    });
  }

  /** Appends nothing if the name stays the same. @throws NOT_FOUND if the ${words} was removed meanwhile. */
  async update${type}(em: EntityManager, { id, name }: Update${type}Input): Promise<${type}Entity> {
    return this.eventLog.transaction(em, async (tx, append) => {
      const ${field} = await tx.findOne(${type}Entity, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
      if (!${field}) throw notFound('${type}');
      if (${field}.name === name.trim()) return ${field};
      ${field}.name = name.trim();
      await tx.flush();
      await append(${field}Stream.of(${field}.id), '${type}Updated', { id: ${field}.id });
      return ${field};
    });
  }

  /** The ${plural} of one account, newest first. Ids grow with time, so they give the order. */
  async list${types}(em: EntityManager, createdBy: string, page: PageArguments): Promise<Connection<${type}Entity>> {
    const request = pageRequest('${fields}', page);
    const [from] = request.from ?? [];
    if (from !== undefined && !isId(from)) throw foreignCursor(request);
    const rows = await em.find(
      ${type}Entity,
      { createdBy, ...(from !== undefined && { id: { [request.isBackward ? '$gt' : '$lt']: from } }) },
      { orderBy: { id: request.isBackward ? 'asc' : 'desc' }, limit: request.limit },
    );
    return toConnection('${fields}', request, rows, ({ id }) => [id]);
  }
}
`;

export const events = ({
  type,
  file,
  field,
  words,
}: FeatureNames) => `/** The events of one ${words}. Payloads hold ids; subscribers load the ${words} as it is at delivery. */
import { defineStream, payload, type EventsOf } from '@chat/kit/events/stream-kind';

export const ${field}Stream = defineStream('${file}', {
  ${type}Created: payload<{ id: string }>(),
  ${type}Updated: payload<{ id: string }>(),
});

export type ${type}Events = EventsOf<typeof ${field}Stream>;
`;

export const resolver = ({
  type,
  types,
  file,
  field,
  fields,
  words,
  plural,
  Subgraph,
  up,
}: FeatureNames) => `/** ${types} in the graph. Holds no SQL and no permission logic. */
import { ApiError } from '@chat/kit/errors';
import type { FeedItem } from '@chat/kit/events/event-feed';
import { pageArgumentDescriptions as page } from '@chat/kit/graphql/connection';
import { viewerOf } from '@chat/kit/graphql/context';
import { resumable } from '@chat/kit/graphql/live-directives';
import { startingAt } from '@chat/kit/graphql/start-cursor';
import { Arg, Ctx, Directive, ID, Int, Mutation, Query, Resolver, Root, Subscription, type SubscribeResolverData } from 'type-graphql';
import type { ${Subgraph}Context } from '${up}/context';
import type { ${type}Entity } from './${file}.entity';
import { ${field}Stream, type ${type}Events } from './${file}.events';
import { Create${type}Input, Update${type}Input } from './${file}.input';
import { ${type}, ${type}Change, ${type}Connection } from './${file}.type';

@Resolver(() => ${type})
export class ${type}Resolver {
  @Query(() => ${type}, { description: 'One ${words}. NOT_FOUND if the viewer may not see it.' })
  ${field}(
    @Ctx() { loaders }: ${Subgraph}Context,
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
  ): Promise<${type}Entity> {
    return loaders.${field}.require${type}(id);
  }

  @Query(() => ${type}Connection, { description: 'The ${plural} that the viewer has created, newest first.' })
  ${fields}(
    @Ctx() context: ${Subgraph}Context,
    @Arg('first', () => Int, { nullable: true, description: page.first }) first?: number | null,
    @Arg('after', () => String, { nullable: true, description: page.after }) after?: string | null,
    @Arg('last', () => Int, { nullable: true, description: page.last }) last?: number | null,
    @Arg('before', () => String, { nullable: true, description: page.before }) before?: string | null,
  ) {
    return context.services.${fields}.list${types}(context.em, viewerOf(context).id, { first, after, last, before });
  }

  @Mutation(() => ${type}, { description: 'Creates one ${words} for the viewer. Requires WRITE.' })
  create${type}(
    @Ctx() context: ${Subgraph}Context,
    @Arg('input', () => Create${type}Input, { description: 'The new ${words}.' }) input: Create${type}Input,
  ): Promise<${type}Entity> {
    return context.services.${fields}.create${type}(context.em, viewerOf(context).id, input);
  }

  @Mutation(() => ${type}, { description: 'Changes one ${words}. FORBIDDEN if the viewer sees it but has not created it.' })
  async update${type}(
    @Ctx() { em, loaders, services }: ${Subgraph}Context,
    @Arg('input', () => Update${type}Input, { description: 'The changes.' }) input: Update${type}Input,
  ): Promise<${type}Entity> {
    const updated = await services.${fields}.update${type}(em, input);
    loaders.${field}.clear(updated.id);
    return updated;
  }

  @Directive(resumable('after', 'cursor'))
  @Subscription(() => ${type}Change, {
    description: \`Each change of one ${words}.
An error with the code SUBSCRIPTION_INTERRUPTED comes first if events after \\\`after\\\` are no longer kept.\`,
    subscribe: async ({ args, context }: SubscribeResolverData<unknown, { id: string; after?: string | null }, ${Subgraph}Context>) => {
      const id = args.id.toLowerCase();
      const stream = ${field}Stream.of(id);
      const feed = await context.feed.open(stream, ${field}Stream.position(id, args.after));
      return startingAt(feed, context.feed.cursorOf(stream, feed.startSeq));
    },
  })
  async ${field}Changed(
    @Root() item: FeedItem<${type}Events>,
    @Ctx() { feed, loaders }: ${Subgraph}Context,
    @Arg('id', () => ID, { description: 'The ${words} to follow.' }) id: string,
    @Arg('after', () => String, {
      nullable: true,
      description: 'The cursor of the last change that the client has seen. Without it, only new changes come.',
    })
    _after?: string | null,
  ): Promise<${type}Change> {
    if (item.kind === 'gap')
      throw new ApiError('SUBSCRIPTION_INTERRUPTED', 'Earlier events are no longer kept. Read the ${words} again.');
    const cursor = feed.cursorOf(${field}Stream.of(id.toLowerCase()), item.row.seq);
    return { cursor, ${field}: await loaders.${field}.require${type}(id) };
  }
}
`;

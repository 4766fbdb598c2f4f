/** Puts the messaging subgraph together and starts what runs in its background. */
import { publishAccessChanges } from '@chat/kit/auth/access-changes';
import { buildSubgraph } from '@chat/kit/graphql/build-schema';
import { openRuntime } from '@chat/kit/graphql/runtime';
import { SchemaService } from '@chat/kit/graphql/schema-service';
import type { Subgraph } from '@chat/kit/graphql/subgraph';
import { ChannelService } from './channels/channel.service';
import { MemberService } from './channels/member.service';
import type { MessagingConfig } from './config';
import { contextFactory } from './context';
import { definition } from './definition';
import { MessageService } from './messages/message.service';
import { MessageWriter } from './messages/message.writer';
import { migrations } from './migrations';
import { projectEntities, ProjectService } from './projects/project.service';
import { ticketEntities, TicketService } from './tickets/ticket.service';

export async function createMessaging(config: MessagingConfig): Promise<Subgraph> {
  const runtime = await openRuntime(config, {
    name: definition.name,
    entities: [...projectEntities, ...ticketEntities],
    migrations,
  });
  const { database, redis, eventLog, viewerHeader, log } = runtime;

  // A Redis that is away cannot undo what is committed; gateways ask about everybody again when it is back.
  const accessChanged = (userIds: readonly string[]) =>
    publishAccessChanges(redis, userIds, config.REDIS_PREFIX).catch((error: unknown) =>
      log.warn({ err: error }, 'a change of access was not published'),
    );

  const services = {
    channels: new ChannelService(eventLog, accessChanged),
    members: new MemberService(eventLog, accessChanged),
    messages: new MessageService(
      new MessageWriter(() => database.fork(), eventLog),
      eventLog,
      config.MESSAGE_MAX_LENGTH,
    ),
    projects: new ProjectService(),
    tickets: new TicketService(eventLog),
  };

  return {
    name: definition.name,
    service: new SchemaService({
      schema: buildSubgraph(definition),
      viewerHeader,
      createContext: contextFactory(runtime, services),
      log,
    }),
    ready: () => database.ready(),
    isHealthy: () => runtime.isHealthy(),
    [Symbol.asyncDispose]: () => runtime[Symbol.asyncDispose](),
  };
}

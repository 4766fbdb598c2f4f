/** The registry in the graph. Holds no SQL and no permission logic. */
import { ApiError } from '@chat/kit/errors';
import type { FeedItem } from '@chat/kit/events/event-feed';
import { pageArgumentDescriptions as page } from '@chat/kit/graphql/connection';
import { viewerOf } from '@chat/kit/graphql/context';
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { resumable } from '@chat/kit/graphql/live-directives';
import { startingAt } from '@chat/kit/graphql/start-cursor';
import { textArgument } from '@chat/kit/graphql/text';
import { GraphQLJSON } from 'graphql-scalars';
import {
  Arg,
  Ctx,
  Directive,
  FieldResolver,
  ID,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
  Subscription,
  type SubscribeResolverData,
} from 'type-graphql';
import type { PluginsContext } from '../context';
import type { Plugin } from './plugin';
import { REGISTRY, registryStream, type RegistryEvents } from './plugin.events';
import { InstallPluginInput, UpgradePluginInput } from './plugin.input';
import { PluginLogEntryConnection, PluginObject, PluginStateChange } from './plugin.type';
import { healthOf, viewOf } from './plugin.view';

const ID_OF_PLUGIN = { description: 'The plugin.' };

@Resolver(() => PluginObject)
export class PluginResolver {
  @Directive(assumedSize(20))
  @Query(() => [PluginObject], { description: 'All plugins by name. Requires administration.' })
  async plugins(@Ctx() { em, services }: PluginsContext) {
    return (await services.plugins.plugins(em)).map((plugin) => viewOf(plugin, services.webhookUrl));
  }

  @Query(() => PluginObject, { description: 'One plugin. Requires administration.' })
  async plugin(@Ctx() { em, services }: PluginsContext, @Arg('id', () => ID, ID_OF_PLUGIN) id: string) {
    return viewOf(await services.plugins.require(em, id), services.webhookUrl);
  }

  @Mutation(() => PluginObject, {
    description: `Installs a plugin from an uploaded bundle. It does not run until it is enabled.
BAD_USER_INPUT with the reason if the bundle is malformed, dangerous or not signed by a trusted publisher.`,
  })
  installPlugin(
    @Ctx() context: PluginsContext,
    @Arg('input', () => InstallPluginInput, { description: 'The bundle.' }) { fileId }: InstallPluginInput,
  ) {
    return this.shown(context, context.services.plugins.installPlugin(context.em, viewerOf(context), fileId));
  }

  @Mutation(() => PluginObject, {
    description: `Runs a plugin with exactly the permissions that are granted here. Enabling it again changes the grants and ends a
suspension. CONFLICT if it cannot be loaded, or if another plugin has one of its commands.`,
  })
  enablePlugin(
    @Ctx() context: PluginsContext,
    @Arg('id', () => ID, ID_OF_PLUGIN) id: string,
    @Arg('grantedPermissions', () => [String], {
      description: 'Some or all of its `permissions`.',
      validateFn: textArgument('grantedPermissions', { max: 300 }),
    })
    grantedPermissions: string[],
  ) {
    const { em, services } = context;
    return this.shown(context, services.plugins.enablePlugin(em, viewerOf(context), id, grantedPermissions));
  }

  @Mutation(() => PluginObject, { description: 'Stops a plugin and takes its grants. Its data stay.' })
  disablePlugin(@Ctx() context: PluginsContext, @Arg('id', () => ID, ID_OF_PLUGIN) id: string) {
    return this.shown(context, context.services.plugins.disablePlugin(context.em, viewerOf(context), id));
  }

  @Mutation(() => PluginObject, {
    description:
      'Replaces the settings of a plugin. BAD_USER_INPUT with `config.<name>` for each setting that does not fit its schema.',
  })
  configurePlugin(
    @Ctx() context: PluginsContext,
    @Arg('id', () => ID, ID_OF_PLUGIN) id: string,
    @Arg('config', () => GraphQLJSON, { description: 'The settings by name. Missing ones get their defaults.' })
    config: unknown,
  ) {
    return this.shown(context, context.services.plugins.configurePlugin(context.em, id, config));
  }

  @Mutation(() => PluginObject, {
    description: `Replaces the version of a plugin, and migrates its stored values. If that fails, the earlier version stays with its
values. Permissions that the new version asks for in addition are not granted by this.`,
  })
  upgradePlugin(
    @Ctx() context: PluginsContext,
    @Arg('input', () => UpgradePluginInput, { description: 'The new version.' }) { id, fileId }: UpgradePluginInput,
  ) {
    return this.shown(context, context.services.plugins.upgradePlugin(context.em, viewerOf(context), id, fileId));
  }

  @Mutation(() => Boolean, { description: 'Removes a plugin with all its data, and deletes its bot.' })
  async uninstallPlugin(@Ctx() context: PluginsContext, @Arg('id', () => ID, ID_OF_PLUGIN) id: string) {
    await context.services.plugins.uninstallPlugin(context.em, viewerOf(context), id);
    return true;
  }

  @FieldResolver(() => PluginLogEntryConnection, {
    description:
      'Its log, the newest lines first: `console` of its code, and its failures. The latest 2,000 lines are kept.',
  })
  async logs(
    @Root() { id }: PluginObject,
    @Ctx() { em, services }: PluginsContext,
    @Arg('first', () => Int, { nullable: true, description: page.first }) first?: number | null,
    @Arg('after', () => String, { nullable: true, description: page.after }) after?: string | null,
    @Arg('last', () => Int, { nullable: true, description: page.last }) last?: number | null,
    @Arg('before', () => String, { nullable: true, description: page.before }) before?: string | null,
  ) {
    const { edges, pageInfo } = await services.pluginLogs.list(em, id, { first, after, last, before });
    const upper = edges.map(({ cursor, node }) => ({ cursor, node: { ...node, level: node.level.toUpperCase() } }));
    return { edges: upper, pageInfo };
  }

  @Directive(resumable('after', 'cursor'))
  @Subscription(() => PluginStateChange, {
    description: `Each change of a plugin. Requires administration.
An error with the code SUBSCRIPTION_INTERRUPTED comes first if events after \`after\` are no longer kept.`,
    subscribe: async ({ args, context }: SubscribeResolverData<unknown, { after?: string | null }, PluginsContext>) => {
      const feed = await context.feed.open(REGISTRY, registryStream.position('plugins', args.after));
      return startingAt(feed, context.feed.cursorOf(REGISTRY, feed.startSeq));
    },
  })
  async pluginStateChanged(
    @Root() item: FeedItem<RegistryEvents>,
    @Ctx() { em, feed, services }: PluginsContext,
    @Arg('after', () => String, {
      nullable: true,
      description:
        'Event cursor: the `cursor` of the last change that the client has seen. Without it, only new changes come.',
    })
    _after?: string | null,
  ) {
    if (item.kind === 'gap')
      throw new ApiError('SUBSCRIPTION_INTERRUPTED', 'Earlier events are no longer kept. Read the plugins again.');
    const { id, state, restarts, lastError } = item.row.payload;
    const plugin = await services.plugins.find(em, id);
    return {
      cursor: feed.cursorOf(REGISTRY, item.row.seq),
      id,
      state,
      health: healthOf({ state, restarts, lastError }),
      plugin: plugin && viewOf(plugin, services.webhookUrl),
    };
  }

  private async shown({ services }: PluginsContext, plugin: Promise<Plugin>) {
    return viewOf(await plugin, services.webhookUrl);
  }
}

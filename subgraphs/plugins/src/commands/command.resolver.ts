/** Commands in the graph. Holds no permission logic. */
import { viewerOf } from '@chat/kit/graphql/context';
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { textArgument } from '@chat/kit/graphql/text';
import { Arg, Ctx, Directive, ID, Mutation, Query, Resolver } from 'type-graphql';
import type { PluginsContext } from '../context';
import { AvailableCommand, CommandResult, RunCommandInput } from './command.type';

@Resolver()
export class CommandResolver {
  @Directive(assumedSize(50))
  @Query(() => [AvailableCommand], { description: 'The commands of all enabled plugins by name.' })
  commands(@Ctx() { services }: PluginsContext) {
    return services.commands.commands();
  }

  @Query(() => [String], {
    description:
      'Texts that complete a command that is being typed: at most 25. The plugin proposes those for its arguments.',
  })
  completeCommand(
    @Ctx() context: PluginsContext,
    @Arg('channelId', () => ID, { description: 'The channel in which it is typed.' }) channelId: string,
    @Arg('text', () => String, {
      description: 'The text so far, with the slash.',
      validateFn: textArgument('text', { max: 16_000, multiline: true }),
    })
    text: string,
  ) {
    return context.services.commands.completeCommand(viewerOf(context), channelId, text);
  }

  @Mutation(() => CommandResult, {
    description: `Runs a command of a plugin. NOT_FOUND if no enabled plugin has it, TIMEOUT if the plugin does not reply within 3 seconds,
SERVICE_UNAVAILABLE with the reason if it fails.`,
  })
  runCommand(
    @Ctx() context: PluginsContext,
    @Arg('input', () => RunCommandInput, { description: 'The command.' }) { channelId, text }: RunCommandInput,
  ) {
    return context.services.commands.runCommand(viewerOf(context), channelId, text);
  }
}

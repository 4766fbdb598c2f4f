/** Buttons and actions in the graph. Holds no permission logic. */
import { viewerOf } from '@chat/kit/graphql/context';
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { opaqueArgument } from '@chat/kit/graphql/text';
import { Arg, Ctx, Directive, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { PluginsContext } from '../context';
import { ActionResult, ButtonStyle, InteractionReply, Message, MessageButton, RunActionInput } from './action.type';

@Resolver(() => Message)
export class ActionResolver {
  @FieldResolver()
  async buttons(@Root() { id }: Message, @Ctx() { loaders }: PluginsContext): Promise<MessageButton[]> {
    const found = await loaders.buttons.load(id);
    return (found?.buttons ?? []).map(({ id, label, style }) => ({
      id,
      label,
      style: style.toUpperCase() as ButtonStyle,
    }));
  }

  @Mutation(() => ActionResult, {
    description: `Presses a button of a message, or sends the form that it asked for. TIMEOUT if the plugin does not answer within 3 seconds;
it can still reply for 15 minutes.`,
  })
  async runAction(
    @Ctx() context: PluginsContext,
    @Arg('input', () => RunActionInput, { description: 'The button.' }) input: RunActionInput,
  ) {
    const { loaders, services } = context;
    return services.actions.runAction(viewerOf(context), await loaders.buttons.load(input.messageId), input);
  }

  @Directive(assumedSize(5))
  @Query(() => [InteractionReply], {
    description: "Private replies to an interaction of the viewer's that came after its first answer.",
  })
  interactionReplies(
    @Ctx() context: PluginsContext,
    @Arg('token', () => String, {
      description: 'The token of the interaction.',
      validateFn: opaqueArgument('token', { max: 100 }),
    })
    token: string,
  ) {
    return context.services.interactions.replies(context.em, viewerOf(context).id, token);
  }
}

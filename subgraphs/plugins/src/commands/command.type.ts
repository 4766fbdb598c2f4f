/** Commands in the graph. */
import { IsText } from '@chat/kit/graphql/text';
import { IsUUID } from 'class-validator';
import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';

export enum CommandVisibility {
  PRIVATE = 'PRIVATE',
  CHANNEL = 'CHANNEL',
}

registerEnumType(CommandVisibility, {
  name: 'CommandVisibility',
  description: 'The readers of a reply.',
  valuesConfig: {
    PRIVATE: { description: 'Only the person who ran the command. The reply is not stored.' },
    CHANNEL: { description: 'The channel: the bot of the plugin has sent it as a message.' },
  },
});

@InputType({ description: 'A command as it was typed.' })
export class RunCommandInput {
  @IsUUID()
  @Field(() => ID, { description: 'The channel. The viewer must be a member that may write.' })
  channelId!: string;

  @IsText({ max: 16_000, multiline: true })
  @Field({ description: '`/name arguments`' })
  text!: string;
}

@ObjectType({ description: 'The reply to a command.' })
export class CommandResult {
  @Field({ description: 'Markdown.' })
  text!: string;

  @Field(() => CommandVisibility, { description: 'Who reads it.' })
  visibility!: CommandVisibility;

  @Field(() => ID, { nullable: true, description: 'The message, if the channel reads it.' })
  messageId!: string | null;
}

@ObjectType({ description: 'A command that the viewer can run, for a list or a completion.' })
export class AvailableCommand {
  @Field({ description: 'Without the slash.' })
  name!: string;

  @Field({ description: 'What it does, in one line.' })
  description!: string;

  @Field({ description: 'Its arguments, such as `<question>`; may be empty.' })
  hint!: string;

  @Field({ description: 'The plugin that has it.' })
  pluginName!: string;
}

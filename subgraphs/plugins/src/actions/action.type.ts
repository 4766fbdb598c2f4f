/** Buttons of messages and the actions behind them. */
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { IsText } from '@chat/kit/graphql/text';
import { IsUUID } from 'class-validator';
import { GraphQLJSON } from 'graphql-scalars';
import { Directive, Field, GraphQLISODateTime, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { CommandVisibility } from '../commands/command.type';

export enum ButtonStyle {
  DEFAULT = 'DEFAULT',
  PRIMARY = 'PRIMARY',
  DANGER = 'DANGER',
}

registerEnumType(ButtonStyle, {
  name: 'ButtonStyle',
  description: 'The look of a button.',
  valuesConfig: {
    DEFAULT: { description: 'One of several.' },
    PRIMARY: { description: 'The expected one.' },
    DANGER: { description: 'Destroys something.' },
  },
});

@ObjectType({ description: 'A button below a message.' })
export class MessageButton {
  @Field(() => ID, { description: 'For `runAction`; unique in the message.' })
  id!: string;

  @Field({ description: 'Its text.' })
  label!: string;

  @Field(() => ButtonStyle, { description: 'Its look.' })
  style!: ButtonStyle;
}

@Directive('@key(fields: "id")')
@ObjectType('Message', { description: 'A message of a channel.' })
export class Message {
  @Field(() => ID, { description: 'Opaque (UUIDv7).' })
  id!: string;

  @Directive(assumedSize(5))
  @Field(() => [MessageButton], { description: 'Its buttons, if the bot of a plugin has sent it.' })
  buttons!: MessageButton[];
}

@InputType({ description: 'A button that was pressed, or a form that was sent.' })
export class RunActionInput {
  @IsUUID()
  @Field(() => ID, { description: 'The message. The viewer must be a member of its channel that may write.' })
  messageId!: string;

  @IsText({ max: 64 })
  @Field({ description: 'The id of the button.' })
  actionId!: string;

  @Field(() => GraphQLJSON, { nullable: true, description: 'The values of a form by name.' })
  values?: unknown;
}

@ObjectType({ description: 'The reply of a plugin to an action.' })
export class ActionResult {
  @Field({ description: 'Markdown; may be empty.' })
  text!: string;

  @Field(() => CommandVisibility, { description: 'Who reads it.' })
  visibility!: CommandVisibility;

  @Field(() => ID, { nullable: true, description: 'The message, if the channel reads it.' })
  messageId!: string | null;

  @Field(() => GraphQLJSON, {
    nullable: true,
    description:
      'A form to show: `title`, and `fields` with `id`, `label`, `type` and `required`. Send it by the same action with `values`.',
  })
  form!: unknown;

  @Field({ description: 'The interaction, for `interactionReplies` within 15 minutes.' })
  token!: string;
}

@ObjectType({ description: 'A private reply that came later.' })
export class InteractionReply {
  @Field({ description: 'Markdown.' })
  text!: string;

  @Field(() => GraphQLISODateTime, { description: 'The time of the reply.' })
  at!: Date;
}

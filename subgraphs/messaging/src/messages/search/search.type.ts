/** What a search finds, as clients see it. */
import { connectionType } from '@chat/kit/graphql/connection';
import { Field, ObjectType } from 'type-graphql';
import { Message } from '../message.type';

@ObjectType({ simpleResolvers: true, description: 'A message that was found.' })
export class MessageSearchResult {
  @Field(() => Message, { description: 'The message.' })
  message!: Message;

  @Field({ description: 'The parts of it that match, as HTML with nothing but `<mark>` around what was found.' })
  snippet!: string;
}

@ObjectType({ description: 'What a search has found, best match first.' })
export class MessageSearchResultConnection extends connectionType('MessageSearchResult', () => MessageSearchResult) {}

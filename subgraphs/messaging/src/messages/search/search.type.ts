/** GraphQL types of search results. */
import { connectionType } from '@chat/kit/graphql/connection';
import { Field, ObjectType } from 'type-graphql';
import { Message } from '../message.type';

@ObjectType({ simpleResolvers: true, description: 'A message that matches a search.' })
class MessageSearchResult {
  @Field(() => Message, { description: 'The message.' })
  message!: Message;

  @Field({ description: 'The matching parts as HTML, with `<mark>` around matches and no other tags.' })
  snippet!: string;
}

@ObjectType({ description: 'Search results, best match first.' })
export class MessageSearchResultConnection extends connectionType('MessageSearchResult', () => MessageSearchResult) {}

/** GraphQL types of search results. */
import { connectionType } from '@chat/kit/graphql/connection';
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { Directive, Field, ObjectType } from 'type-graphql';
import { SearchWarningCode } from './search-warning';
import { Message } from '../message.type';

@ObjectType({ simpleResolvers: true, description: 'A message that matches a search.' })
class MessageSearchResult {
  @Field(() => Message, { description: 'The message.' })
  message!: Message;

  @Field({ description: 'The matching parts as HTML, with `<mark>` around matches and no other tags.' })
  snippet!: string;
}

@ObjectType({
  simpleResolvers: true,
  description: 'A part of a search that is not known, such as an operator or a name.',
})
class SearchWarning {
  @Field(() => SearchWarningCode, { description: 'The kind of the warning.' })
  code!: SearchWarningCode;

  @Field({ description: 'The part of the search.' })
  term!: string;

  @Field({ description: 'The warning in English, with a suggestion if there is one.' })
  message!: string;
}

@ObjectType({ description: 'Search results, best match first.' })
export class MessageSearchResultConnection extends connectionType('MessageSearchResult', () => MessageSearchResult) {
  @Directive(assumedSize(2))
  @Field(() => [SearchWarning], {
    description: 'Unknown operators, and unknown names after from: and in:. Show them beside the results.',
  })
  warnings!: SearchWarning[];
}

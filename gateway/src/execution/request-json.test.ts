/** The JSON of a request is that of `JSON.stringify`. */
import type { GraphQLRequest } from '@chat/kit/graphql/service';
import { RequestJson } from './request-json';

test('is the same as without remembered queries', () => {
  const requests: GraphQLRequest[] = [
    { query: '{ a }' },
    { query: '{ a }', variables: {} },
    { query: '{ a }', operationName: 'A', variables: { id: '"\u2028\\' } },
    { query: '{ a }', operationName: 'B', variables: { list: [1, null, { x: true }] } },
    { query: 'query Q($s: String = "ü\\n") { b(s: $s) }', operationName: 'Q' },
  ];
  const json = new RequestJson();
  for (const request of [...requests, ...requests]) {
    const { body, parts } = json.of(request);
    expect(JSON.parse(body)).toEqual(JSON.parse(JSON.stringify(request)));
    const { variables, ...head } = request;
    expect(parts && [parts.head, parts.variables].map((text) => JSON.parse(text) as unknown)).toEqual(
      variables && [head, variables],
    );
  }
});

/** Parts of requests that a link remembers on both sides. */
import { readAnswer, readRequest, writeAnswer, writeRequest, writeRequestOfParts } from './request-link';
import { ReceivedParts, SentParts } from './request-parts';

const HEAD = '{"query":"mutation { move }","operationName":"Move"}';
const headersOf = (name: string) => ({ 'x-viewer': name });

function pair() {
  const headers = new SentParts<Record<string, string>>();
  const heads = new SentParts<string>();
  const received = new ReceivedParts();
  const line = (of: Record<string, string>, head = HEAD) =>
    writeRequestOfParts(7, headers.write(of, JSON.stringify), heads.write(head, String), '{"x":1}').slice(0, -1);
  return { line, read: (text: string) => readRequest(text, received) };
}

test('a repeated part is sent once, and the request is the same', () => {
  const { line, read } = pair();
  const own = headersOf('ada');
  const [first, second] = [line(own), line(own)];
  expect(second).toBe('[7,0,[0,{"x":1}]]');
  const request = { query: 'mutation { move }', operationName: 'Move', variables: { x: 1 } };
  for (const text of [first, second]) expect(read(text)).toEqual({ number: 7, headers: own, request });
  expect(read(writeRequest(8, own, HEAD))).toMatchObject({ number: 8, headers: own });
});

test('numbers are used again, so that a link remembers a bounded number of parts', () => {
  const { line, read } = pair();
  const all = Array.from({ length: 1_200 }, (_, index) => headersOf(String(index)));
  for (let round = 0; round < 2; round++) for (const each of all) expect(read(line(each)).headers).toEqual(each);
});

test('a long part is not remembered', () => {
  const { line, read } = pair();
  const own = headersOf('x'.repeat(5_000));
  for (let count = 0; count < 2; count++) {
    const text = line(own);
    expect(text.startsWith('[7,{"x-viewer":')).toBe(true);
    expect(read(text).headers).toEqual(own);
  }
});

test.each([
  '[1,0,[0,{}]]',
  `[1,[0,{}],[[512,${HEAD}],{}]]`,
  `[1,[-1,{}],[[0,${HEAD}],{}]]`,
  `[1,[0.5,{}],[[0,${HEAD}],{}]]`,
  `[1,["length",{}],[[0,${HEAD}],{}]]`,
  `[1,[0,null],[[0,${HEAD}],{}]]`,
  '[1,[0,{}],[[0,{}],{}]]',
  '[1,[0,{}],[]]',
  `[1,[0,{"a":"${'x'.repeat(5_000)}"}],[[0,${HEAD}],{}]]`,
])('%.40s is no request', (text) => {
  expect(() => readRequest(text, new ReceivedParts())).toThrow(TypeError);
});

test('without a memory, parts are refused', () => {
  expect(() => readRequest(`[1,[0,{}],[[0,${HEAD}],{}]]`)).toThrow(TypeError);
});

test('equal answers share a line', () => {
  const answer = { numbers: [3, 1, 20], status: 200, body: '{"data":null}' };
  expect(writeAnswer(answer)).toBe('3,1,20 200 {"data":null}\n');
  expect(readAnswer('3,1,20 200 {"data":null}')).toEqual(answer);
});

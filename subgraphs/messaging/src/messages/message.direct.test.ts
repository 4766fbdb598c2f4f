/** `sendMessage` with and without GraphQL's layers: every request has the same result. */
import { newId } from '@chat/kit/ids';
import { validate } from 'class-validator';
import fc from 'fast-check';
import { startTestMessaging, type Person, type TestMessaging } from '../testing/test-messaging';
import { isPlainMessage } from './message.direct';
import { SendMessageInput } from './message.input';

const FIELDS = `id seq body bodyHtml createdAt editedAt author { __typename id } parent { id } replyCount mentions { id }
  reactions { emoji } attachments { id } pinned cursor channel { id memberCount }`;
const send = (directive = '') =>
  `mutation Send($input: SendMessageInput!) { sent: sendMessage(input: $input) ${directive} { ${FIELDS} } }`;
const DIRECT = send();
/** The same; only graphql-js follows its directive. */
const WHOLE = send('@include(if: true)');

let messaging: TestMessaging;
let member: Person;
let channelId: string;

beforeAll(async () => void (messaging = await startTestMessaging()));
afterAll(() => messaging[Symbol.asyncDispose]());
beforeEach(async () => {
  member = messaging.person();
  channelId = await messaging.person().creates({ members: [member] });
  await member.does(DIRECT, { input: { channelId, body: 'the first' } }); // the next one is direct
});

const ways = async (person: Person, input: unknown) => [
  await person.asks(DIRECT, { input }),
  await person.asks(WHOLE, { input }),
];

test('answers are equal, but for what tells two messages apart', async () => {
  const parentId = await member.sends(channelId, 'a parent').then(({ id }) => id as string);
  const inputs = [
    { body: 'hello' },
    { body: '  *with* spaces\nand a line \n', parentId: null, clientMutationId: null },
    { body: 'a reply', parentId },
    { body: 'a reply', parentId: parentId.toUpperCase() },
    { body: `@${member.id} :tada:` },
  ];
  const told = new Set(['id', 'seq', 'createdAt', 'cursor']);
  for (const input of inputs) {
    const [direct, whole] = (await ways(member, { channelId, ...input })).map(({ data, errors }) => {
      expect(errors).toBeUndefined();
      return Object.entries(data.sent as object).map(([name, value]) => [name, told.has(name) || (value as unknown)]);
    });
    expect([input, direct]).toEqual([input, whole]);
  }
});

test('a repetition has the same answer', async () => {
  const input = { channelId: channelId.toUpperCase(), body: 'once', clientMutationId: 'once' };
  const [direct, whole] = await ways(member, input);
  expect(direct!.data.sent).toMatchObject({ seq: 2, body: 'once' });
  expect(direct).toEqual(whole);
});

test('answers with plain fields only are equal', async () => {
  const input = { channelId, body: 'plain', clientMutationId: 'plain' };
  const fields = '__typename number: seq id body createdAt editedAt pinned author { name: id }';
  for (const selection of [
    fields,
    fields.replace('__typename ', ''),
    `${fields} author { id }`,
    'author { id __typename }',
  ])
    expect(
      await member.does(`mutation ($input: SendMessageInput!) { sendMessage(input: $input) { ${selection} } }`, {
        input,
      }),
    ).toEqual(
      await member.does(
        `mutation ($input: SendMessageInput!) { sendMessage(input: $input) @include(if: true) { ${selection} } }`,
        { input },
      ),
    );
});

test('refusals are equal', async () => {
  await member.sends(channelId, 'taken', { clientMutationId: 'taken' });
  const reader = messaging.byKey(member, newId(), ['READ']);
  const inputs = [
    { body: '' },
    { body: ' \u200b ' },
    { body: 'a\u0000b' },
    { body: '\ud800' },
    { body: '\u202eabc' },
    { body: 'x'.repeat(16_001) },
    { body: 7 },
    { body: 'x', unknown: 1 },
    { body: 'x', clientMutationId: '' },
    { body: 'x', clientMutationId: 'a\nb' },
    { body: 'x', clientMutationId: 'x'.repeat(201) },
    { body: 'different', clientMutationId: 'taken' },
    { body: 'x', parentId: 'none' },
    { body: 'x', parentId: newId() },
    { body: '', parentId: newId() },
    { body: 'x', attachmentIds: [newId()] },
    { body: 'x', channelId: newId() },
    { body: 'x', channelId: 'none' },
  ];
  for (const person of [member, messaging.person(), reader])
    for (const input of inputs) {
      const [direct, whole] = await ways(person, { channelId, ...input });
      expect(direct!.errors).toHaveLength(1);
      expect([input, direct]).toEqual([input, whole]);
    }
  const [direct, whole] = await ways(reader, { channelId, body: 'by a key that may only read' });
  expect(direct!.errors?.[0]?.extensions).toEqual({ code: 'FORBIDDEN' });
  expect(direct).toEqual(whole);
});

test('a document with a second variable that is wrong sends nothing', async () => {
  const document = `mutation ($input: SendMessageInput!, $first: Int) {
    sendMessage(input: $input) { id replies(first: $first) { edges { node { id } } } } }`;
  const input = { channelId, body: 'never' };
  expect((await member.asks(document, { input, first: 'many' })).errors).toHaveLength(1);
  expect((await member.does(DIRECT, { input: { channelId, body: 'the second' } })).sent.seq).toBe(2);
});

test('an input that counts as plain passes all rules', async () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 220 }), fc.stringMatching(/^[\w .:-]{0,210}$/));
  const id = fc.oneof(fc.uuid(), fc.uuid({ version: [1, 4, 7, 8] }), fc.constantFrom(null, ''));
  const message = fc.record(
    { channelId: fc.oneof(id, text), body: text, parentId: id, clientMutationId: fc.oneof(text, fc.constant(null)) },
    { requiredKeys: ['channelId', 'body'] },
  );
  let plain = 0;
  await fc.assert(
    fc.asyncProperty(message, async (given) => {
      if (!isPlainMessage(given)) return;
      plain++;
      const input = Object.assign(new SendMessageInput(), given);
      expect(await validate(input, { skipMissingProperties: true })).toEqual([]);
    }),
    { numRuns: 400 },
  );
  expect(plain).toBeGreaterThan(20);
});

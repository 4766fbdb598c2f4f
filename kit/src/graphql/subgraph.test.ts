/** A small subgraph built from classes: permissions, refusals, and the start of subscriptions. */
import 'reflect-metadata';
import {
  Arg,
  Directive,
  Field,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import type { Viewer } from '../auth/viewer';
import { VIEWER_HEADER, ViewerHeader } from '../auth/viewer-header';
import { notFound } from '../errors';
import { createLogger } from '../logging';
import { buildSubgraph, printSubgraphSdl, type SubgraphDefinition } from './build-schema';
import type { SubgraphContext } from './context';
import { resumable } from './live-directives';
import { isLoggedIn, mergePolicies, rule, withParent } from './policy';
import { AUTHORIZED, HEALTH_HEADER, START_CURSOR_HEADER } from './service';
import { SchemaService } from './schema-service';
import { startingAt } from './start-cursor';
import { IsText } from './text';

@Directive('@key(fields: "id")')
@ObjectType({ description: 'A note.' })
class Note {
  @Field(() => ID, { description: 'Opaque.' })
  id!: string;

  @Field({ description: 'What it says.' })
  text!: string;
}

@InputType()
class AddNoteInput {
  @IsText({ max: 10 })
  @Field({ description: 'What to say.' })
  text!: string;
}

const NOTES = new Map([
  ['1', { id: '1', text: 'open' }],
  ['2', { id: '2', text: 'hidden' }],
]);
let contexts = 0;

async function* changes() {
  yield { id: '1', text: 'first' };
  yield { id: '1', text: 'second' };
}

@Resolver(() => Note)
class NoteResolver {
  @Query(() => Note, { nullable: true, description: 'One note.' })
  note(@Arg('id', () => ID) id: string): Note | undefined {
    return NOTES.get(id);
  }

  @Mutation(() => Note, { description: 'Adds a note.' })
  addNote(@Arg('input', () => AddNoteInput) input: AddNoteInput): Note {
    return { id: '3', text: input.text };
  }

  @Query(() => String, { description: 'Fails.' })
  broken(): string {
    throw new TypeError('secret detail');
  }

  @Directive(resumable('after', 'id'))
  @Subscription(() => Note, {
    description: 'Every change of a note.',

    subscribe: () => startingAt(changes(), '0'),
  })
  noteChanged(@Root() note: Note, @Arg('id', () => ID) _id: string): Note {
    return { ...note, text: `${note.text}!` };
  }
}

const seesNote = rule<SubgraphContext, { id: string }, { id?: string } | undefined>(
  'sees the note',
  (_context, args, parent) => ((args.id ?? parent?.id) === '2' ? notFound('Note') : true),
);

const definition: SubgraphDefinition<SubgraphContext> = {
  name: 'notes',
  resolvers: [NoteResolver],
  references: { Note: ({ id }: { id: string }) => NOTES.get(id) },
  policy: {
    fields: {
      Query: { note: seesNote, broken: isLoggedIn },
      Mutation: { addNote: isLoggedIn },
      Subscription: { noteChanged: seesNote },
      Note: withParent('id', 'text'),
    },
    references: { Note: seesNote },
  },
};

const viewerHeader = new ViewerHeader('a secret key of at least 32 characters');
const log = createLogger('test', 'silent');
const service = new SchemaService<SubgraphContext>({
  schema: buildSubgraph(definition),
  viewerHeader,
  health: () => Promise.resolve({ postgresql: false }),
  createContext: (viewer) => ({ viewer, em: (contexts++, undefined as never), log }),
  log,
});
const ada: Viewer = {
  id: 'u1',
  sessionId: 's1',
  roles: ['USER'],
  permissions: ['READ'],
  expiresAt: Date.now() / 1000 + 60,
};
const as = (viewer: Viewer | null) => ({ headers: { [VIEWER_HEADER]: viewerHeader.sign(viewer) } });
const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

test('prints federated SDL with its own directives', () => {
  const sdl = printSubgraphSdl(definition);
  expect(sdl).toContain('type Note @key(fields: "id")');
  expect(sdl).toMatch(/noteChanged\([^)]*\): Note! @resumable\(argument: "after", cursor: "id"\)/);
});

test('a field or reference without a policy does not build', () => {
  const fields = { ...definition.policy.fields };
  delete fields['Note'];
  expect(() => buildSubgraph({ ...definition, policy: { ...definition.policy, fields } })).toThrow(
    'Note.id, Note.text',
  );
  expect(() => buildSubgraph({ ...definition, policy: { ...definition.policy, references: {} } })).toThrow(
    'refer to Note',
  );
});

test('a field that some may see and others not has to be marked, so that subscribers do not share it', () => {
  const text = rule('is an editor', ({ viewer }) => viewer?.roles.includes('EDITOR') ?? false);
  const fields = { ...definition.policy.fields, Note: { ...definition.policy.fields['Note'], text } };
  expect(() => buildSubgraph({ ...definition, policy: { ...definition.policy, fields } })).toThrow(
    'Not everybody may see Note.text',
  );
});

test('refuses requests that no gateway has signed', async () => {
  const request = { query: '{ note(id: "1") { text } }' };
  expect(plain(await service.execute(request, as(null)))).toEqual({ data: { note: { text: 'open' } } });
  for (const header of [undefined, 'e30.forged', viewerHeader.sign(ada).replace(/^./, 'x')]) {
    const result = await service.execute(request, { headers: header ? { [VIEWER_HEADER]: header } : {} });
    expect(result.errors?.[0]?.extensions['code']).toBe('UNAUTHENTICATED');
  }
});

test('tells apart what nobody, somebody and the right one may do', async () => {
  const add = { query: 'mutation { addNote(input: { text: "hello" }) { text } }' };
  expect((await service.execute(add, as(null))).errors?.[0]?.extensions['code']).toBe('UNAUTHENTICATED');
  expect(plain(await service.execute(add, as(ada)))).toEqual({ data: { addNote: { text: 'hello' } } });
  const hidden = await service.execute({ query: '{ note(id: "2") { text } }' }, as(ada));
  expect(hidden.errors?.[0]?.extensions['code']).toBe('NOT_FOUND');
});

test('every mutation demands WRITE of an API key, whatever its own rule says', async () => {
  const add = { query: 'mutation { addNote(input: { text: "hello" }) { text } }' };
  const byKey = (scope: string[]) => service.execute(add, as({ ...ada, permissions: scope, scope }));
  expect((await byKey(['READ'])).errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
  expect(plain(await byKey(['READ', 'WRITE']))).toEqual({ data: { addNote: { text: 'hello' } } });
});

test('an exemption from WRITE names a mutation and its reason, or the schema does not build', () => {
  const build = (withoutWrite: Record<string, string>) => () =>
    buildSubgraph({ ...definition, policy: { ...definition.policy, withoutWrite } });
  expect(build({ addNote: 'everybody may' })).not.toThrow();
  expect(build({ addNote: ' ' })).toThrow('exempts addNote from WRITE without a reason');
  expect(build({ note: 'it only reads' })).toThrow('exempts note from WRITE, which is no mutation');
  const [one, other] = [{ addNote: 'one' }, { addNote: 'other' }].map((withoutWrite) => ({
    fields: {},
    references: {},
    withoutWrite,
  }));
  expect(() => mergePolicies(one!, other!)).toThrow('Two policies exempt addNote');
});

test('entity references obey their policy and look like what does not exist', async () => {
  const query = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Note { text } } }';
  const variables = { r: ['1', '2', '9'].map((id) => ({ __typename: 'Note', id })) };
  expect(plain(await service.execute({ query, variables }, as(ada)))).toEqual({
    data: { _entities: [{ text: 'open' }, null, null] },
  });
});

test('names every wrong input field', async () => {
  const variables = { input: { text: 'much too long for this' } };
  const result = await service.execute(
    { query: 'mutation ($input: AddNoteInput!) { addNote(input: $input) { id } }', variables },
    as(ada),
  );
  expect(result.errors?.[0]?.extensions).toEqual({
    code: 'BAD_USER_INPUT',
    fields: { text: 'text must have at most 10 characters.' },
  });
});

test('an unexpected error keeps its message for the log only by being marked', async () => {
  const result = await service.execute({ query: '{ broken }' }, as(ada));
  expect(result.errors?.[0]?.extensions['code']).toBe('INTERNAL_SERVER_ERROR');
});

test('says how the parts are that it depends on, to its gateway only', async () => {
  const ask = (headers: Record<string, string>) =>
    service.execute({ query: '{ __typename }' }, { headers: { ...headers, [HEALTH_HEADER]: '1' } });
  expect(await ask(as(null).headers)).toEqual({ data: {}, extensions: { health: { postgresql: false } } });
  expect((await ask({})).errors?.[0]?.extensions['code']).toBe('UNAUTHENTICATED');
});

describe('subscriptions', () => {
  const request = (id: string) => ({ query: `subscription { noteChanged(id: "${id}") { text } }` });

  test('are authorised when they start, with their arguments', async () => {
    expect(await service.authorize(request('1'), as(ada))).toEqual({ data: null, extensions: AUTHORIZED });
    expect((await service.authorize(request('2'), as(ada))).errors?.[0]?.extensions['code']).toBe('NOT_FOUND');
    const refused = await service.subscribe(request('2'), as(ada));
    expect('errors' in refused && refused.errors[0]?.extensions['code']).toBe('NOT_FOUND');
  });

  test('run each event with a context of its own', async () => {
    const stream = await service.subscribe(request('1'), as(ada));
    if ('errors' in stream) throw new Error('refused');
    const before = contexts;
    const results: unknown[] = [];
    for await (const result of stream) results.push(plain(result));
    expect(results).toEqual([
      { data: { noteChanged: { text: 'first!' } } },
      { data: { noteChanged: { text: 'second!' } } },
    ]);
    expect(contexts - before).toBe(2);
  });

  test('confirm their start first and say where it is, if that is asked for', async () => {
    const call = { headers: { ...as(ada).headers, [START_CURSOR_HEADER]: '1' } };
    const stream = await service.subscribe(request('1'), call);
    if ('errors' in stream) throw new Error('refused');
    const results = [await stream.next(), await stream.next()].map(({ value }) => plain(value));
    expect(results).toEqual([{ extensions: { startCursor: '0' } }, { data: { noteChanged: { text: 'first!' } } }]);
    await stream.return?.();
  });
});

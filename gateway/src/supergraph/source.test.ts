/** Watching the supergraph's file: valid changes are applied, and invalid ones are not. */
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { composeLocally } from '../testing/local-subgraphs';
import { StaticSupergraphSource, watchSupergraphFile, type SupergraphSource } from './source';
import { Supergraph } from './supergraph';

const sdlWith = (fields: string, head = '') =>
  composeLocally({ one: { typeDefs: `${head} type Query { ${fields} }`, resolvers: {} } }).sdl;

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@composeDirective", "@authenticated"])`;

describe('a watched file', () => {
  let folder: string;
  let path: string;
  let source: SupergraphSource;
  let errors: (message: string) => void;
  const logged = () => new Promise<string>((resolve) => (errors = resolve));
  const log = pino({ level: 'error' }, { write: (line: string) => errors?.(line) });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'supergraph-'));
    path = join(folder, 'supergraph.graphql');
    await writeFile(path, sdlWith('a: Int'));
    source = await watchSupergraphFile(path, log);
  });
  afterEach(async () => {
    await source[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });
  const changed = () =>
    new Promise<Supergraph>((resolve) => {
      const stop = source.onChange((supergraph) => {
        stop();
        resolve(supergraph);
      });
    });

  test('is reloaded when it is written or replaced', async () => {
    let next = changed();
    await writeFile(path, sdlWith('b: Int'));
    expect(Object.keys((await next).apiSchema.getQueryType()!.getFields())).toEqual(['b']);
    next = changed();
    await writeFile(`${path}.new`, sdlWith('c: Int'));
    await rename(`${path}.new`, path);
    expect(Object.keys((await next).apiSchema.getQueryType()!.getFields())).toEqual(['c']);
    expect(source.current).toBe(await next);
  });

  test('that is invalid is logged and not applied', async () => {
    const before = source.current;
    const report = logged();
    await writeFile(path, 'type Query { broken');
    expect(await report).toContain('supergraph is invalid');
    expect(source.current).toBe(before);
    const next = changed();
    await writeFile(path, sdlWith('d: Int'));
    expect((await next).apiSchema.getQueryType()!.getFields().d).toBeDefined();
  });
});

test('a version that the check refuses is not used, at the start and at a reload', () => {
  const check = ({ apiSchema }: Supergraph) => {
    if (apiSchema.getQueryType()!.getFields()['wrong']) throw new Error('Query.wrong is refused');
  };
  expect(() => new StaticSupergraphSource(sdlWith('wrong: Int'), check)).toThrow('Query.wrong');
  const source = new StaticSupergraphSource(sdlWith('right: Int'), check);
  const { current } = source;
  expect(() => source.replace(sdlWith('wrong: Int'))).toThrow('Query.wrong');
  expect(source.current).toBe(current);
});

test('throws if the file is missing at startup', async () => {
  await expect(watchSupergraphFile('/nowhere/supergraph.graphql', pino({ level: 'silent' }))).rejects.toThrow(
    'no such file',
  );
});

test('a supergraph that relies on access checks in the router is refused', () => {
  const sdl = sdlWith('a: Int @authenticated', LINK);
  expect(() => new Supergraph(sdl)).toThrow(/authenticated/);
});

test('live directives are found under their imported names', () => {
  const head = `extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@composeDirective"])
    @link(url: "https://chat-system.dev/live/v1.0", import: ["@viewerDependent", { name: "@resumable", as: "@canResume" }])
    @composeDirective(name: "@viewerDependent")
    @composeDirective(name: "@canResume")
    directive @viewerDependent on FIELD_DEFINITION
    directive @canResume(argument: String!, cursor: String!) on FIELD_DEFINITION
    type Subscription { ticks(after: String): Tick @canResume(argument: "after", cursor: "at") }
    type Tick { at: String mine: Boolean @viewerDependent }
  `;
  const supergraph = new Supergraph(sdlWith('a: Int', head));
  expect(supergraph.resumable('ticks')).toEqual({ argument: 'after', cursor: 'at' });
  expect(supergraph.isViewerDependent('Tick', 'mine')).toBe(true);
  expect(supergraph.isViewerDependent('Tick', 'at')).toBe(false);
});

/** Fields that depend on the viewer cannot be left unmarked: by their name, or by any way in which a resolver reads the viewer. */
// cspell:words paramtypes
import 'reflect-metadata';
import { Ctx, Directive, Field, FieldResolver, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { printSubgraphSdl } from './build-schema';
import { viewerOf, type SubgraphContext } from './context';
import { VIEWER_DEPENDENT } from './live-directives';

interface Context extends SubgraphContext {
  loaders: { note: { accessNote(id: string): boolean; load(id: string): boolean } };
}

const helper = (context: Context) => context.viewer !== null;

/** The SDL of a subgraph with one unmarked field in its notes. Classes are new each time: type-graphql remembers their fields. */
function sdlWith(name: string, read: (context: Context) => boolean): string {
  @ObjectType('Note', { description: 'A note.' })
  class Note {
    @Field({ description: 'Its title.' })
    title!: string;
  }

  @Resolver(() => Note)
  class NoteResolver {
    @Query(() => Note, { description: 'A note. Root fields need no mark.' })
    note(@Ctx() { viewer }: Context): Note {
      return { title: viewer?.id ?? '' };
    }

    @Directive(VIEWER_DEPENDENT)
    @FieldResolver(() => Boolean, { description: 'Marked.' })
    isOwn(@Ctx() { viewer }: Context): boolean {
      return viewer !== null;
    }

    @FieldResolver(() => String, { description: 'Mentions the viewer in texts only.' })
    help(@Root() note: Note, @Ctx() context: Context): string {
      const { log } = context;
      log.debug('the viewer, or { viewer }');
      return `${note.title}${context.loaders.note.load('viewer')}`;
    }
  }

  const { prototype } = NoteResolver;
  Object.assign(prototype, { [name]: read });
  Reflect.defineMetadata('design:paramtypes', [Object], prototype, name);
  Ctx()(prototype, name, 0);
  FieldResolver(() => Boolean, { description: 'Unmarked.' })(
    prototype,
    name,
    Object.getOwnPropertyDescriptor(prototype, name)!,
  );
  return printSubgraphSdl({
    name: 'notes',
    resolvers: [NoteResolver],
    references: {},
    policy: { fields: {}, references: {} },
  });
}

test('marked fields, root fields and texts about the viewer build', () => {
  expect(sdlWith('isLong', () => true)).toMatch(/isOwn: Boolean! @viewerDependent/);
});

test.each([
  ['destructured parameter', ({ viewer }: Context) => viewer !== null],
  ['rest of the parameter', ({ log, ...rest }: Context) => Boolean(log) && rest.viewer !== null],
  ['member', (context: Context) => context.viewer !== null],
  ['computed member', (context: Context) => context['viewer' as keyof Context] !== null],
  [
    'destructured in the body',
    (context: Context) => {
      const { viewer } = context;
      return viewer !== null;
    },
  ],
  ['viewerOf', (context: Context) => viewerOf(context).id !== ''],
  ['context passed on', (context: Context) => helper(context)],
  ['accessor', ({ loaders }: Context) => loaders.note.accessNote('1')],
  ['inside a callback', (context: Context) => ['1'].some((id) => context.viewer?.id === id)],
])('a resolver that reads the viewer without the mark does not build: %s', (_name, read) => {
  expect(() => sdlWith('isMine', read)).toThrow(/^Depends on the viewer.*: Note\.isMine\.$/);
});

test.each(['viewer', 'viewerHasRead', 'viewer_state'])('a field named %s without the mark does not build', (name) => {
  expect(() => sdlWith(name, () => true)).toThrow(`VIEWER_DEPENDENT): Note.${name}.`);
});

test('a field whose name only begins with the same letters builds', () => {
  expect(sdlWith('viewership', () => true)).toContain('viewership: Boolean!');
});

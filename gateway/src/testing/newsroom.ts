/** Test graph for subscriptions: desks publish stories whose authors belong to another subgraph. */
import { buildSubgraphSchema } from '@apollo/subgraph';
import {
  createSourceEventStream,
  execute,
  GraphQLError,
  parse,
  subscribe,
  validate,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import type { Viewer } from '@chat/kit/auth/viewer';
import { VIEWER_HEADER, ViewerHeader } from '@chat/kit/auth/viewer-header';
import { ApiError, forbidden, unauthenticated } from '@chat/kit/errors';
import { SCHEMA_EXTENSION } from '@chat/kit/graphql/live-directives';
import {
  AUTHORIZED,
  START_CURSOR_HEADER,
  type CallOptions,
  type GraphQLRequest,
  type GraphQLService,
  type Subscribed,
} from '@chat/kit/graphql/service';
import { PushStream } from '../subscriptions/push-stream';
import { compose } from './compose';

/** At least 32 characters, as the gateway's settings require. */
export const SECRET_KEY = 'a secret of the tests, long enough';

export const DESKS_SDL = `${SCHEMA_EXTENSION}
  type Query { stories(desk: ID!): [Story!]! }
  type Mutation { publish(desk: ID!, headline: String!): Story! }
  type Subscription {
    "Stories from now on, not resumable."
    storyPublished(desk: ID!): Story!
    "Every change of a desk after a cursor."
    deskEvents(desk: ID!, after: String): DeskEvent! @resumable(argument: "after", cursor: "cursor")
    "Headlines of a desk after a number."
    headlines(desk: ID!, after: Int): Headline! @resumable(argument: "after", cursor: "number")
    "Counts down and ends."
    countdown(from: Int!): Int! @housekeeping
  }
  extend type Mutation {
    "Notes that a desk was looked at."
    glance(desk: ID!): Desk! @housekeeping
  }
  type Desk { id: ID! newest: Story stories: [Story!]! }
  type Headline { number: Int! text: String! }
  interface DeskEvent { cursor: String! }
  type StoryFiled implements DeskEvent { cursor: String! story: Story! }
  type DeskClosed implements DeskEvent { cursor: String! reason: String }
  type Story @key(fields: "id") {
    id: ID!
    headline: String!
    author: Author!
    readByViewer: Boolean! @viewerDependent
  }
  type Author @key(fields: "id", resolvable: false) { id: ID! }
`;

const AUTHORS_SDL = `${SCHEMA_EXTENSION}
  type Query { author(id: ID!): Author }
  type Author @key(fields: "id") { id: ID! name: String! }
`;

interface Story {
  id: string;
  desk: string;
  headline: string;
  author: { id: string };
}

interface Context {
  viewer: Viewer | null;
  isAuthorizeOnly: boolean;
  /** The cursor at which a stream begins, if known. */
  startCursor?: string | number;
}

/** The stories and their listeners. Survives restarts of the subgraph. */
export class Newsroom {
  readonly stories: Story[] = [];
  /** Desk → accounts that are barred from it. */
  readonly barred = new Map<string, Set<string>>();
  /** Number of requests by kind. */
  readonly counts = { upstreams: 0, authorised: 0, authors: 0, live: 0 };
  /** Resume cursors of the upstreams. */
  readonly cursors: (string | null)[] = [];
  private readonly listeners = new Set<{ desk: string; hear: (story: Story) => void }>();

  publish(desk: string, headline = `story ${this.stories.length + 1}`): Story {
    const story = { id: String(this.stories.length + 1), desk, headline, author: { id: `author-${desk}` } };
    this.stories.push(story);
    for (const listener of [...this.listeners]) if (listener.desk === desk) listener.hear(story);
    return story;
  }

  bar(userId: string, desk: string): void {
    this.barred.set(desk, (this.barred.get(desk) ?? new Set()).add(userId));
  }

  /** Stories of a desk after `after`, or from now on. */
  follow<T>(desk: string, after: string | null | undefined, map: (story: Story) => T): PushStream<T> {
    this.counts.upstreams++;
    this.counts.live++;
    const listener = { desk, hear: (story: Story) => stream.push(map(story)) };
    const stream = new PushStream<T>(() => undefined);
    void stream.ended.then(() => {
      this.counts.live--;
      this.listeners.delete(listener);
    });
    if (after != null)
      for (const story of this.stories)
        if (story.desk === desk && Number(story.id) > Number(after)) listener.hear(story);
    this.listeners.add(listener);
    return stream;
  }

  mayRead(viewer: Viewer | null, desk: string): void {
    if (desk === 'open') return;
    if (!viewer) throw unauthenticated();
    if (this.barred.get(desk)?.has(viewer.id)) throw forbidden('This desk is closed to you.');
  }
}

/** One process of the subgraph that owns stories and subscriptions. */
export function desksService(room: Newsroom): NewsroomService {
  const started = <T>(context: Context, desk: string, start: () => PushStream<T>) => {
    room.mayRead(context.viewer, desk);
    if (!context.isAuthorizeOnly) return start();
    room.counts.authorised++;
    const nothing = new PushStream<T>(() => undefined);
    nothing.end();
    return nothing;
  };
  return new NewsroomService(DESKS_SDL, {
    Query: { stories: (_: unknown, { desk }: { desk: string }) => room.stories.filter((story) => story.desk === desk) },
    Mutation: {
      publish: (_: unknown, { desk, headline }: { desk: string; headline: string }, { viewer }: Context) => {
        room.mayRead(viewer, desk);
        return room.publish(desk, headline);
      },
      glance: (_: unknown, { desk }: { desk: string }) => {
        const stories = room.stories.filter((story) => story.desk === desk);
        return { id: desk, newest: stories.at(-1), stories };
      },
    },
    Subscription: {
      storyPublished: {
        subscribe: (_: unknown, { desk }: { desk: string }, context: Context) =>
          started(context, desk, () => room.follow(desk, undefined, (storyPublished) => ({ storyPublished }))),
      },
      deskEvents: {
        subscribe: (_: unknown, { desk, after }: { desk: string; after?: string | null }, context: Context) =>
          started(context, desk, () => {
            if (after != null && !/^\d+$/.test(after)) throw new ApiError('BAD_USER_INPUT', 'No such cursor.');
            room.cursors.push(after ?? null);
            context.startCursor = after ?? String(room.stories.length);
            return room.follow(desk, after, (story) => ({
              deskEvents: { __typename: 'StoryFiled', cursor: story.id, story },
            }));
          }),
      },
      headlines: {
        subscribe: (_: unknown, { desk, after }: { desk: string; after?: number | null }, context: Context) =>
          started(context, desk, () => {
            context.startCursor = after ?? room.stories.length;
            return room.follow(desk, after?.toString(), ({ id, headline }) => ({
              headlines: { number: Number(id), text: headline },
            }));
          }),
      },
      countdown: {
        subscribe: (_: unknown, { from }: { from: number }, context: Context) =>
          started(context, 'open', () => {
            const stream = new PushStream<{ countdown: number }>(() => undefined);
            for (let left = from; left > 0; left--) stream.push({ countdown: left });
            stream.end();
            return stream;
          }),
      },
    },
    Story: { readByViewer: (story: Story, _: unknown, { viewer }: Context) => viewer?.id === story.author.id },
  });
}

export function authorsService(room: Newsroom): NewsroomService {
  const author = (id: string) => {
    room.counts.authors++;
    return { id, name: `The ${id}` };
  };
  return new NewsroomService(AUTHORS_SDL, {
    Query: { author: (_: unknown, { id }: { id: string }) => author(id) },
    Author: { __resolveReference: ({ id }: { id: string }) => author(id) },
  });
}

export function newsroomSupergraph(
  desks = DESKS_SDL,
  urls: { desks?: string; authors?: string } = {},
  moreOfAuthors = '',
): string {
  return compose([
    { name: 'desks', typeDefs: desks, url: urls.desks },
    { name: 'authors', typeDefs: `${AUTHORS_SDL} ${moreOfAuthors}`, url: urls.authors },
  ]);
}

export class NewsroomService implements GraphQLService {
  private readonly schema: GraphQLSchema;
  private readonly viewers = new ViewerHeader(SECRET_KEY);
  private readonly open = new Set<AsyncIterator<unknown>>();
  private isAway = false;
  /** Headers of the last `subscribe` call. */
  lastHeaders: Record<string, string> = {};
  /** Whether it supports `authorize`, as third-party subgraphs do not. */
  canAuthorize = true;
  /** Number of executed queries and mutations. */
  executions = 0;
  /** Whether it confirms the start of streams, as third-party subgraphs do not. */
  saysStart = true;
  /** Number of requests during an outage. */
  refusals = 0;

  constructor(sdl: string, resolvers: Record<string, unknown>) {
    this.schema = buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: resolvers as never }]);
  }

  async execute(request: GraphQLRequest, call: CallOptions): Promise<ExecutionResult> {
    const args = this.argumentsFor(request, call);
    this.executions++;
    const result = await execute(args);
    return JSON.parse(JSON.stringify(result)) as ExecutionResult;
  }

  async subscribe(request: GraphQLRequest, call: CallOptions): Promise<Subscribed> {
    this.lastHeaders = call.headers;
    const args = this.argumentsFor(request, call);
    const stream = await subscribe(args);
    if (!(Symbol.asyncIterator in stream)) return { errors: stream.errors! };
    const results = new PushStream<ExecutionResult>(() => void stream.return(undefined));
    const { startCursor } = args.contextValue;
    if (this.saysStart && START_CURSOR_HEADER in call.headers)
      results.push({ extensions: { startCursor: startCursor ?? null } });
    this.open.add(results);
    void results.ended.then(() => this.open.delete(results));
    void (async () => {
      for await (const result of stream) results.push(JSON.parse(JSON.stringify(result)) as ExecutionResult);
      results.end();
    })();
    return results;
  }

  async authorize(request: GraphQLRequest, call: CallOptions): Promise<ExecutionResult> {
    if (!this.canAuthorize) return { errors: [new GraphQLError('Subscriptions are not supported here.')] };
    const stream = await createSourceEventStream(this.argumentsFor(request, call, true));
    return { ...('errors' in stream ? stream : { data: null }), extensions: AUTHORIZED };
  }

  /** Fails all upstreams like a crash, and refuses requests until {@link restart}. */
  crash(): void {
    this.isAway = true;
    for (const stream of [...this.open]) {
      (stream as PushStream<ExecutionResult>).fail(new Error('The connection was lost.'));
    }
  }

  restart(): void {
    this.isAway = false;
  }

  private argumentsFor(
    { query, operationName, variables }: GraphQLRequest,
    { headers }: CallOptions,
    isAuthorizeOnly = false,
  ) {
    if (this.isAway) {
      this.refusals++;
      throw new ApiError('SERVICE_UNAVAILABLE', 'It is not reachable.');
    }
    const document = parse(query);
    const [invalid] = validate(this.schema, document);
    if (invalid) throw invalid;
    const viewer = this.viewers.verify(headers[VIEWER_HEADER]);
    if (viewer === undefined) throw new Error('The request is not signed.');
    const contextValue: Context = { viewer, isAuthorizeOnly };
    return { schema: this.schema, document, operationName, variableValues: variables, contextValue };
  }
}

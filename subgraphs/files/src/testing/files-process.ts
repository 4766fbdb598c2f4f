/** The files subgraph as a process of its own, with one viewer, for tests that kill it or take its disk away. */
import { VIEWER_HEADER, ViewerHeader } from '@chat/kit/auth/viewer-header';
import type { Viewer } from '@chat/kit/auth/viewer';
import { newId } from '@chat/kit/ids';
import { freePort } from '@chat/kit/process/free-port';
import { createTestDatabase } from '@chat/kit/testing/test-database';
import { TestProcess, type TestProcessOptions } from '@chat/kit/testing/test-process';
import { testRedisPrefix, testRedisUrl } from '@chat/kit/testing/test-redis';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Begun } from './test-files';

const SECRET_KEY = 'a secret key that only this test has';
export const START_MS = 120_000;

interface Answer {
  data?: Record<string, any>;
  errors?: { message: string; extensions: Record<string, unknown> }[];
}

export class FilesProcess implements AsyncDisposable {
  private server!: TestProcess;
  private readonly headers = new ViewerHeader(SECRET_KEY);
  private readonly viewer: Viewer = {
    id: newId(),
    sessionId: newId(),
    roles: ['USER'],
    permissions: ['READ', 'WRITE'],
    expiresAt: Math.floor(Date.now() / 1000) + 36_000,
  };

  private constructor(
    readonly databaseUrl: string,
    /** DATA_DIR. */
    readonly folder: string,
    private readonly port: number,
    private readonly parts: AsyncDisposableStack,
    private readonly env: Record<string, string>,
  ) {}

  /**
   * @param command starts node with the arguments that follow; node itself by default
   * @param env variables in addition to those of a local store
   */
  static async create(
    command?: TestProcessOptions['command'],
    flags?: string[],
    env: Record<string, string> = {},
  ): Promise<FilesProcess> {
    await using parts = new AsyncDisposableStack();
    const database = parts.use(await createTestDatabase('nothing', async () => undefined));
    const folder = await mkdtemp(join(tmpdir(), 'chat-files-'));
    parts.defer(() => rm(folder, { recursive: true, force: true }));
    const created = new FilesProcess(database.url, folder, await freePort(), parts.move(), env);
    await created.start(command, flags);
    return created;
  }

  async start(command?: TestProcessOptions['command'], flags?: string[]): Promise<void> {
    this.server = new TestProcess({
      ...(command && { command }),
      ...(flags && { flags }),
      args: ['subgraphs/files/src/main.ts'],
      env: {
        DATABASE_URL: this.databaseUrl,
        REDIS_URL: testRedisUrl(),
        REDIS_PREFIX: testRedisPrefix(),
        SECRET_KEY,
        DATA_DIR: this.folder,
        PORT: String(this.port),
        PUBLIC_URL: `http://127.0.0.1:${this.port}`,
        ...this.env,
      },
    });
    await this.server.waitFor(/"msg":"ready"/, START_MS);
  }

  async kill(): Promise<void> {
    this.server.signal('SIGKILL');
    await this.server.exited;
  }

  async graphql(query: string, variables: object): Promise<Answer> {
    const response = await fetch(`http://127.0.0.1:${this.port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [VIEWER_HEADER]: this.headers.sign(this.viewer) },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as Answer;
  }

  async begin(input: { size: number; sha256?: string }): Promise<Begun> {
    const query = `mutation ($input: BeginUploadInput!) { beginUpload(input: $input) {
      file { id } uploadUrl method headers { name value } resumableUrl } }`;
    return (await this.graphql(query, { input: { name: 'big', ...input } })).data!['beginUpload'] as Begun;
  }

  complete(id: string): Promise<Answer> {
    return this.graphql('mutation ($id: ID!) { completeUpload(id: $id) { status } }', { id });
  }

  async fileOf(id: string): Promise<{ status: string; downloadUrl: string | null }> {
    const { data } = await this.graphql('query ($id: ID!) { file(id: $id) { status downloadUrl } }', { id });
    return data!['file'] as { status: string; downloadUrl: string | null };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.parts.disposeAsync();
  }
}

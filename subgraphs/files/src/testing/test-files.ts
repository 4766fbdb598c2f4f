/** A files subgraph for tests with its HTTP surface, a store in a temporary folder, and people who upload. */
import { inTime } from '@chat/kit/testing/eventually';
import { Person } from '@chat/kit/testing/person';
import { startTestSubgraph, type TestSubgraph } from '@chat/kit/testing/test-subgraph';
import { freePort } from '@chat/kit/process/free-port';
import type { Subgraph } from '@chat/kit/graphql/subgraph';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesVariables, type FilesConfig } from '../config';
import { createFiles } from '../create-files';

const BEGIN = `mutation ($input: BeginUploadInput!) { beginUpload(input: $input) {
  file { id status } uploadUrl method headers { name value } resumableUrl expiresAt } }`;
const COMPLETE = 'mutation ($id: ID!) { completeUpload(id: $id) { id status } }';
const FILE = `query ($id: ID!) { file(id: $id) { id name mimeType size sha256 status scan { verdict signature scannedAt }
  metadata downloadUrl thumbnailUrl previewUrl textUrl owner { id } createdAt } }`;
const STATUS =
  'subscription ($id: ID!, $after: String) { fileStatusChanged(id: $id, after: $after) { cursor status } }';

export interface Begun {
  file: { id: string; status: string };
  uploadUrl: string | null;
  method: string;
  headers: { name: string; value: string }[];
  resumableUrl: string;
  expiresAt: string;
}

export interface UploadInput {
  name?: string;
  size?: number | null;
  mimeType?: string;
  sha256?: string;
  keepLocation?: boolean;
}

/** A request of `fetch`. */
export type Body = NonNullable<ConstructorParameters<typeof Response>[0]>;

/** A person with the verbs of uploads and downloads. */
export class Uploader extends Person {
  async begins(input: UploadInput): Promise<Begun> {
    return (await this.does(BEGIN, { input: { name: 'file.bin', ...input } })).beginUpload as Begun;
  }

  /** Sends all bytes by PUT. */
  async puts({ uploadUrl, method, headers }: Begun, content: Uint8Array): Promise<Response> {
    const given = Object.fromEntries(headers.map(({ name, value }) => [name, value]));
    const send = () => fetch(uploadUrl!, { method, headers: given, body: content as Body });
    return send().catch(send); // a store may close a kept-alive connection just then
  }

  async completes(id: string): Promise<{ id: string; status: string }> {
    return (await this.does(COMPLETE, { id })).completeUpload;
  }

  async cannotComplete(id: string): Promise<Record<string, unknown>> {
    return this.isRefused(COMPLETE, { id });
  }

  /** Begins, sends and completes; resolves when the file is READY. @returns its id */
  async uploads(content: Uint8Array, input: UploadInput = {}): Promise<string> {
    const begun = await this.begins({ size: content.length, ...input });
    const { status } = await this.puts(begun, content);
    if (status >= 300) throw new Error(`the PUT was refused with ${status}`);
    await this.completes(begun.file.id);
    await this.sees(begun.file.id, 'READY');
    return begun.file.id;
  }

  /** Waits until the file has a status. */
  async sees(id: string, status: string): Promise<void> {
    const changes = await this.follows(STATUS, { id });
    try {
      const wait = async () => {
        while ((await this.file(id)).status !== status) await changes.next();
      };
      await inTime(`status ${status} of a file`, wait());
    } finally {
      await changes.end();
    }
  }

  async file(id: string) {
    return (await this.does(FILE, { id })).file;
  }

  /** Requests the download URL. */
  async downloads(id: string, headers: Record<string, string> = {}): Promise<Response> {
    const { downloadUrl } = await this.file(id);
    return fetch(downloadUrl, { headers });
  }
}

export type TestFiles = TestSubgraph<FilesConfig, Awaited<ReturnType<typeof createFiles>>, Uploader> & {
  /** The folder of the local store's process. */
  folder: string;
};

/** @param env overrides variables of the process */
export async function startTestFiles(env: Record<string, string> = {}): Promise<TestFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'chat-files-'));
  const port = await freePort();
  const settings = { DATA_DIR: folder, PUBLIC_URL: `http://127.0.0.1:${port}`, ...env };
  const files = await startTestSubgraph('files', filesVariables, createFiles, settings, Uploader);
  const server = await serve(files.subgraph, port);
  return {
    ...files,
    folder,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await files[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The HTTP surface alone, as the gateway forwards it. */
async function serve(subgraph: Subgraph, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    void subgraph.handleHttp!(request, response).then((isAnswered) => {
      if (!isAnswered) response.writeHead(404).end();
    });
  });
  server.requestTimeout = 0;
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return server;
}

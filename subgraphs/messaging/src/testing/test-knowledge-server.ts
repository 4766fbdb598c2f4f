/** A knowledge subgraph's server as messaging asks it, with faults. Verifies the signed viewer and holds the answers that a test sets. */
import type { Viewer } from '@chat/kit/auth/viewer';
import { VIEWER_HEADER, ViewerHeader } from '@chat/kit/auth/viewer-header';
import { TEST_SECRET_KEY } from '@chat/kit/testing/test-subgraph';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KnownPage, KnownTerm } from '../assistant/references/knowledge.client';

export type KnowledgeFault = 'ERRORS' | 'HTML' | 'HANG' | 'RESET' | 'FLOOD';

const CHUNK = 'x'.repeat(1_048_576);

export class TestKnowledgeServer implements AsyncDisposable {
  term: KnownTerm | null = null;
  pages: (viewer: Viewer) => KnownPage[] = () => [];
  fault: KnowledgeFault | undefined;
  /** The viewers of all questions. */
  viewers: Viewer[] = [];
  private readonly header = new ViewerHeader(TEST_SECRET_KEY);
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      request.resume();
      const viewer = this.header.verify(request.headers[VIEWER_HEADER] as string | undefined);
      if (!viewer || request.url !== '/graphql') return void response.writeHead(401).end('{}');
      this.viewers.push(viewer);
      this.answer(viewer, response);
    });
  }

  static async start(): Promise<TestKnowledgeServer> {
    const started = new TestKnowledgeServer();
    await new Promise<void>((resolve) => started.server.listen(0, '127.0.0.1', resolve));
    return started;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private answer(viewer: Viewer, response: ServerResponse): void {
    if (this.fault === 'HANG') return;
    if (this.fault === 'RESET') return void response.destroy();
    if (this.fault === 'HTML') return void response.end('<html>');
    if (this.fault === 'ERRORS') return void response.end('{"data":null,"errors":[{"message":"No."}]}');
    if (this.fault === 'FLOOD') {
      const flood = () => {
        while (!response.destroyed && response.write(CHUNK));
      };
      response.on('drain', flood);
      return flood();
    }
    const edges = this.pages(viewer).map((page) => ({ node: { page } }));
    response.end(JSON.stringify({ data: { own: this.term, other: null, searchWiki: { edges } } }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

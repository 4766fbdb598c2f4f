/**
 * A TCP proxy for fault tests: forwards bytes between clients and one server, and disturbs its links on demand.
 * A frozen link forwards nothing, neither bytes nor FIN nor RST, as behind a dropped route or a stopped host.
 */
import { EventEmitter, once } from 'node:events';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { TcpLink, type Direction } from './tcp-link';

export { TcpLink, type Direction } from './tcp-link';

/** Default ports of the URL schemes that tests use. */
const DEFAULT_PORTS: Record<string, number> = { 'postgresql:': 5432, 'postgres:': 5432, 'redis:': 6379, 'http:': 80 };

export class TcpProxy implements AsyncDisposable {
  private readonly events = new EventEmitter<{ link: [TcpLink] }>();
  private readonly open = new Set<TcpLink>();
  private server: Server;
  private listeningPort = 0;
  private isFrozen = false;
  private delayMs = 0;

  private constructor(private target: URL) {
    this.server = this.createServer();
  }

  /** Listens on a free port of 127.0.0.1 and forwards to the host and port of `url`. */
  static async start(url: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(new URL(url));
    await proxy.listen(0);
    return proxy;
  }

  /** The target's URL, with the proxy's address in place of the target's own. */
  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String(this.listeningPort);
    return url.href;
  }

  get port(): number {
    return this.listeningPort;
  }

  /** The links that are open now, oldest first. */
  get links(): readonly TcpLink[] {
    return [...this.open];
  }

  /** The next link that a client opens. */
  async nextLink(): Promise<TcpLink> {
    const [link] = await once(this.events, 'link');
    return link as TcpLink;
  }

  /** Freezes all links, and all later ones until {@link thaw}: the proxy accepts them, and they stay silent. */
  freeze(): void {
    this.isFrozen = true;
    for (const link of this.open) link.freeze();
  }

  /** Thaws all links; held bytes and FINs go out in order. */
  thaw(): void {
    this.isFrozen = false;
    for (const link of this.open) link.thaw();
  }

  /** Delays each chunk by `ms` in each direction, on all links and on later ones; 0 ends the delay. */
  delay(ms: number): void {
    this.delayMs = ms;
    for (const link of this.open) link.delay(ms);
  }

  /** Resets all links (RST to both ends). Later links are unaffected. */
  cut(): void {
    for (const link of this.open) link.cut();
  }

  /** Sends a FIN in `direction` on all links; bytes in the other direction continue. */
  halfClose(direction: Direction): void {
    for (const link of this.open) link.halfClose(direction);
  }

  /** Resets all links and refuses new ones until {@link accept}. */
  async refuse(): Promise<void> {
    this.cut();
    if (this.server.listening) await new Promise((resolve) => this.server.close(resolve));
  }

  /** Forwards later links to the host and port of `url`, as a name does that points at another server now. */
  forwardTo(url: string): void {
    this.target = new URL(url);
  }

  /** Accepts links again, at the same address. */
  async accept(): Promise<void> {
    if (this.server.listening) return;
    this.server = this.createServer();
    await this.listen(this.listeningPort);
  }

  /**
   * Forwards the next chunk towards the server that matches `request`, swallows the answer, then resets the link.
   * The server has then done the work, and the client cannot know. With `first`, only a link on which a chunk has matched
   * `first` before counts, as for the commit of one transaction.
   * Resolves when the link has been reset.
   */
  async cutAnswerTo(request: RegExp, first?: RegExp): Promise<void> {
    await new Promise<void>((resolve) => {
      const inspect = (link: TcpLink) => link.cutAnswerTo(request, settle, first);
      const settle = () => {
        this.events.off('link', inspect);
        for (const link of this.open) link.cutAnswerTo(undefined);
        resolve();
      };
      this.events.on('link', inspect);
      for (const link of this.open) inspect(link);
    });
  }

  private createServer(): Server {
    return createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.link(client));
  }

  private async listen(port: number): Promise<void> {
    await once(this.server.listen(port, '127.0.0.1'), 'listening');
    this.listeningPort = (this.server.address() as AddressInfo).port;
  }

  private link(client: Socket): void {
    const { hostname, port, protocol } = this.target;
    const server = connect({
      host: hostname,
      port: Number(port) || (DEFAULT_PORTS[protocol] ?? 0),
      allowHalfOpen: true,
      noDelay: true,
    });
    const link = new TcpLink(client, server);
    if (this.isFrozen) link.freeze();
    link.delay(this.delayMs);
    this.open.add(link);
    void link.closed.then(() => this.open.delete(link));
    this.events.emit('link', link);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.refuse();
  }
}

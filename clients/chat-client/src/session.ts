/**
 * The session of one account, common to all tabs: log-in, renewal of tokens ahead of their expiry, log-out. Holds no password and
 * sends no operations of the application.
 *
 * Invariants:
 * 1. A refresh token is used by one tab at a time, under a Web Lock, because the server ends a session if one is used twice.
 * 2. Only the server's UNAUTHENTICATED, a log-out or another log-in ends a session. No failure of the network does.
 * 3. A result that arrives after the session was replaced is dropped.
 */
import { backoffMs, startTimer } from './backoff.ts';
import { ChatError } from './chat-error.ts';
import { Emitter, type Unlisten } from './emitter.ts';
import { newMutationId } from './outbox-entry.ts';
import { post, type Result } from './post.ts';
import { SessionStore } from './session-store.ts';
import {
  AUTHENTICATION,
  type Authentication,
  type StoredEnd,
  storedSession,
  type StoredSession,
} from './session-tokens.ts';
import { type ClientStorage, defaultStorage } from './storage.ts';

export interface SessionOptions {
  /** `http://host:port/graphql` */
  url: string;
  /** Default: `localStorage` in a page, memory elsewhere. */
  storage?: ClientStorage;
  /** Default: the global `fetch`. */
  fetch?: typeof globalThis.fetch;
  /** Deadline of a request, in milliseconds. Default: 15,000. */
  timeoutMs?: number;
}

export type SessionChange =
  /** A log-in, in this tab or another one. */
  | { type: 'logged-in'; userId: string }
  /** The same session has a new access token. */
  | { type: 'renewed'; userId: string; accessToken: string }
  /** `logged-out` by the user; `ended` by the server. */
  | { type: 'logged-out' | 'ended'; userId: string };

/** Between two refreshes, in milliseconds. */
const MIN_DELAY_MS = 200;

export class Session {
  private readonly store: SessionStore;
  private readonly fetch: typeof globalThis.fetch;
  private readonly timeoutMs: number;
  private readonly changes = new Emitter<SessionChange>();
  /** The session that listeners know. */
  private known: StoredSession | undefined;
  private refreshing: Promise<string | undefined> | undefined;
  private failures = 0;
  private cancelTimer: Unlisten = () => undefined;
  private isDisposed = false;

  constructor(private readonly options: SessionOptions) {
    this.fetch = options.fetch ?? ((...args) => globalThis.fetch(...args));
    this.timeoutMs = options.timeoutMs ?? 15_000;
    const storage = options.storage ?? defaultStorage();
    this.store = new SessionStore(storage, `chat-session:${options.url}`, () => this.observe());
    this.known = this.store.get();
    this.schedule();
  }

  /** The account that is logged in; undefined if there is none. */
  get userId(): string | undefined {
    return this.store.get()?.userId;
  }

  /** The access token without a check of its age, for APIs that cannot wait. Prefer {@link accessToken}. */
  get currentAccessToken(): string | undefined {
    return this.store.get()?.accessToken;
  }

  /** Whether {@link accessToken} would ask the server for a new token. */
  get needsRefresh(): boolean {
    const session = this.store.get();
    return session !== undefined && session.refreshAt <= Date.now();
  }

  /** Called for changes in this tab and in others. */
  onChange(listener: (change: SessionChange) => void): Unlisten {
    return this.changes.on(listener);
  }

  /** @throws ChatError UNAUTHENTICATED if the name or the password is wrong, RATE_LIMITED after too many attempts */
  async logIn(input: { identifier: string; password: string }): Promise<void> {
    await this.begin(`mutation LogIn($input: LoginInput!) { begun: login(input: $input) { ${AUTHENTICATION} } }`, {
      input,
    });
  }

  /** @throws ChatError BAD_USER_INPUT or CONFLICT with `fields`, FORBIDDEN if registration is off */
  async register(input: { username: string; email: string; password: string; displayName?: string }): Promise<void> {
    await this.begin(
      `mutation Register($input: RegisterInput!) { begun: register(input: $input) { ${AUTHENTICATION} } }`,
      { input },
    );
  }

  /** @throws ChatError FORBIDDEN if guests are off */
  async logInAsGuest(displayName: string): Promise<void> {
    await this.begin(
      `mutation LogInAsGuest($displayName: String!) { begun: loginAsGuest(displayName: $displayName) { ${AUTHENTICATION} } }`,
      { displayName },
    );
  }

  /** Begins a session with the result of another log-in, such as `completeProviderLogin`. */
  adopt(authentication: Authentication): void {
    this.put(storedSession(authentication, Date.now()));
  }

  /**
   * A token that is still valid for a while. Undefined if nobody is logged in, or if the session has just ended.
   * @param options.rejected a token that the server has refused although it seemed valid
   * @throws ChatError if the old token has expired and the server cannot be asked; the session stays
   */
  async accessToken({ rejected }: { rejected?: string } = {}): Promise<string | undefined> {
    const session = this.store.get();
    if (!session || isUsable(session, rejected)) return session?.accessToken;
    try {
      const token = await this.refresh(rejected);
      // The refresh may have been another caller's, which knew of no rejection.
      return token === undefined || token !== rejected ? token : await this.refresh(rejected);
    } catch (error) {
      const present = this.store.get();
      // The margin before the expiry outlasts short outages.
      if (present && present.accessToken !== rejected && present.expiresAt > Date.now()) return present.accessToken;
      throw error;
    }
  }

  /**
   * Ends the session in all tabs at once, and on the server with its live subscriptions.
   * @param options.everywhere ends the account's sessions on all other devices as well
   * @throws ChatError if the server was not reached; its session then ends by its age
   */
  async logOut({ everywhere = false } = {}): Promise<void> {
    const session = this.store.get();
    if (!session) return;
    this.end('logged-out');
    const document = 'mutation LogOut($everywhere: Boolean!) { logout(everywhere: $everywhere) }';
    const end = async (accessToken: string) => {
      const { errors } = await post({ ...this.postOptions, accessToken }, document, { everywhere });
      return errors && ChatError.ofResponse(errors);
    };
    let error = await end(session.accessToken);
    if (error?.code === 'UNAUTHENTICATED') {
      // Without a new token, the server would keep a session whose access token has expired.
      const { data } = await this.requestTokens(session);
      error = data ? await end(data.refreshed.accessToken) : undefined;
    }
    if (error) throw error;
  }

  /** Call it after sleep or a lost network: timers may have been late. */
  wake(): void {
    this.observe();
    if (this.needsRefresh) this.renewInBackground();
  }

  dispose(): void {
    this.isDisposed = true;
    this.cancelTimer();
    this.store.dispose();
  }

  private get postOptions() {
    return { url: this.options.url, fetch: this.fetch, timeoutMs: this.timeoutMs };
  }

  private async begin(document: string, variables: object): Promise<void> {
    const { data, errors } = await post<{ begun: Authentication }>(this.postOptions, document, variables);
    if (errors || !data) throw ChatError.ofResponse(errors ?? []);
    this.adopt(data.begun);
  }

  private refresh(rejected?: string): Promise<string | undefined> {
    this.refreshing ??= this.store.alone(() => this.exchange(rejected)).finally(() => (this.refreshing = undefined));
    return this.refreshing;
  }

  /** Runs under the lock. */
  private async exchange(rejected?: string): Promise<string | undefined> {
    const before = await this.store.newest();
    // Another tab may have renewed the token while this one waited for the lock.
    if (!before || isUsable(before, rejected)) {
      this.observe();
      return before?.accessToken;
    }
    const result = await this.requestTokens(before);
    const present = this.store.get();
    if (present?.refreshToken !== before.refreshToken) return present?.accessToken;
    if (result.data) {
      const renewed = storedSession(result.data.refreshed, Date.now());
      this.put(renewed);
      await this.store.markUsed(before);
      return renewed.accessToken;
    }
    const error = ChatError.ofResponse(result.errors ?? []);
    if (error.code !== 'UNAUTHENTICATED') throw error;
    this.end('ended');
    return undefined;
  }

  /** Repeats an exchange whose response was lost, if there was one. */
  private requestTokens(session: StoredSession): Promise<Result<{ refreshed: Authentication }>> {
    const { refreshToken: token, refreshId: id = newMutationId() } = session;
    if (!session.refreshId) this.store.keepRefreshId(session, id);
    const document = `mutation RefreshSession($token: String!, $id: String) {
      refreshed: refreshSession(refreshToken: $token, clientMutationId: $id) { ${AUTHENTICATION} } }`;
    return post(this.postOptions, document, { token, id });
  }

  private put(session: StoredSession | StoredEnd): void {
    this.store.put(session);
    this.observe();
  }

  private end(ended: StoredEnd['ended']): void {
    this.put({ ended });
  }

  /** Compares the storage with the session that listeners know, and tells them the difference. */
  private observe(): void {
    if (this.isDisposed) return;
    const before = this.known;
    const after = this.store.get();
    if (before?.accessToken === after?.accessToken) return;
    this.known = after;
    this.failures = 0;
    this.schedule();
    if (before && before.userId !== after?.userId) this.changes.emit({ type: this.store.end, userId: before.userId });
    if (!after) return;
    const { userId, accessToken } = after;
    if (before?.userId === userId) this.changes.emit({ type: 'renewed', userId, accessToken });
    else this.changes.emit({ type: 'logged-in', userId });
  }

  /** @param demandedMs the server's delay after a refusal */
  private schedule(demandedMs = 0): void {
    this.cancelTimer();
    if (!this.known || this.isDisposed) return;
    const dueMs = this.known.refreshAt - Date.now();
    const retryMs = this.failures > 0 ? backoffMs(this.failures - 1) : MIN_DELAY_MS;
    this.cancelTimer = startTimer(Math.max(dueMs, retryMs, demandedMs), () => this.renewInBackground());
  }

  private renewInBackground(): void {
    this.cancelTimer();
    // A failure is repeated. A caller that needs a token meanwhile gets the error.
    void this.refresh().then(
      () => this.schedule(),
      (error: unknown) => {
        this.failures++;
        this.schedule(ChatError.from(error).retryAfterMs);
      },
    );
  }
}

function isUsable(session: StoredSession, rejected: string | undefined): boolean {
  return session.accessToken !== rejected && session.refreshAt > Date.now();
}

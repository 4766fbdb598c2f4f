/** The start of a page: one client for its whole life, and a log-in form or the application. */
import { ChatClient, type ChatClientOptions } from '@chat/client';
import { perAccount } from './account.ts';

export interface View<Application> {
  showLogIn(logIn: (identifier: string, password: string) => Promise<void>): void;
  showChat(application: Application): void;
}

/**
 * @param options at least `url`: `http://127.0.0.1:4000/graphql`
 * @param create `createApolloChat` or `createUrqlChat`
 */
export function startPage<Application extends { dispose(): void }>(
  options: ChatClientOptions,
  create: (chat: ChatClient) => Application,
  view: View<Application>,
): ChatClient {
  const chat = new ChatClient(options);
  perAccount(chat, create, (application) => {
    if (application) view.showChat(application);
    else view.showLogIn((identifier, password) => chat.session.logIn({ identifier, password }));
  });
  return chat;
}

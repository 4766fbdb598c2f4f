/** One application state for each account: nothing of an account is left after a log-out or a change of accounts. */
import type { ChatClient, Unlisten } from '@chat/client';

/**
 * Calls `open` for the account that is logged in, now and after each log-in, also in another tab. Disposes the state at its end.
 * @param changed hears of each new state; undefined if nobody is logged in
 */
export function perAccount<State extends { dispose(): void }>(
  chat: ChatClient,
  open: (chat: ChatClient) => State,
  changed: (state: State | undefined) => void,
): Unlisten {
  let state: State | undefined;
  const update = () => {
    state?.dispose();
    state = chat.session.userId === undefined ? undefined : open(chat);
    changed(state);
  };
  update();
  return chat.session.onChange(({ type }) => {
    if (type !== 'renewed') update();
  });
}

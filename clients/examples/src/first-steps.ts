/** From no account to a live message in `#general`, without a cache. */
import { ChatClient, type ChatClientOptions } from '@chat/client';

/** The id of `#general` in every installation. */
const GENERAL = '00000000-0000-7000-8000-000000000001';

/** @param options at least `url`: `http://127.0.0.1:4000/graphql` */
export async function firstSteps(options: ChatClientOptions, print: (line: string) => void): Promise<void> {
  const chat = new ChatClient(options);
  await chat.session.logInAsGuest('Ada'); // or logIn({ identifier, password }), or register({ … })

  await chat.execute('mutation ($id: ID!) { joinChannel(channelId: $id) { id } }', { id: GENERAL });
  const { channel } = await chat.execute<{ channel: { cursor: string } }>(
    'query ($id: ID!) { channel(id: $id) { cursor } }',
    { id: GENERAL },
  );

  const arrived = new Promise<void>((resolve) => {
    const stop = chat.subscribe<{ messageAdded: { body: string; cursor: string } }>(
      'subscription ($id: ID!, $after: String) { messageAdded(channelId: $id, after: $after) { body cursor } }',
      { id: GENERAL, after: channel.cursor },
      {
        next({ data }) {
          print(data.messageAdded.body);
          stop();
          resolve();
        },
        gap: (reason) => print(`Fetch the history again: ${reason}`),
        error: (error) => print(`The subscription has ended: ${error.code}`),
      },
    );
  });
  await chat.execute('mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }', {
    input: { channelId: GENERAL, body: 'Hello from the first steps' },
  });
  await arrived;
  await chat.session.logOut();
  chat.dispose();
}

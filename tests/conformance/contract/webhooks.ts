/** Webhooks in the contract's operations: outgoing ones with verifiable signatures, and incoming ones that send messages. */
import { eventually } from '@chat/kit/testing/eventually';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { Data, Person } from '../harness/person';
import { privateChannel } from '../harness/private-channel';
import type { System } from '../harness/system';

interface Delivered {
  headers: Record<string, string>;
  body: string;
}

export function webhooks(system: System): void {
  let ada: Person;
  let bob: Person;
  let channelId: string;
  let receiver: Server;
  let receiverUrl: string;
  let received: (delivered: Delivered) => void;
  beforeAll(async () => {
    receiver = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        response.end();
        received({ headers: request.headers as Record<string, string>, body });
      });
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    receiverUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
    [ada, bob] = await system.people('ada', 'bob');
    channelId = await privateChannel(ada, 'wired', bob);
  });
  afterAll(async () => {
    receiver.close();
  });

  test('an outgoing webhook delivers events, signed with its secret, and logs the delivery', async () => {
    const input = { url: receiverUrl, events: ['MessageAdded'], channelId };
    expect((await bob.isRefused('CreateWebhook', { input })).code).toBe('FORBIDDEN');
    const webhook = await ada.does('CreateWebhook', { input });
    expect(webhook).toEqual({
      id: expect.any(String),
      url: receiverUrl,
      events: ['MessageAdded'],
      secret: expect.any(String),
    });

    const delivery = new Promise<Delivered>((resolve) => (received = resolve));
    const { id } = await bob.does('SendMessage', { input: { channelId, body: 'ping' } });
    const { headers, body } = await delivery;
    const told = new Webhook(webhook.secret as string).verify(body, headers);
    expect(told).toMatchObject({
      type: 'MessageAdded',
      data: { channelId, message: { id, body: 'ping', authorId: bob.id } },
    });
    expect(() => new Webhook(webhook.secret as string).verify(`${body} `, headers)).toThrow();

    const log = async () =>
      (await ada.does('WebhookDeliveries', { webhookId: webhook.id, first: 5 })).deliveries.edges.map(
        ({ node }: Data) => node,
      );
    // The receiver answers before the answer is recorded.
    await eventually(async () => expect((await log())[0]?.status).not.toBe('PENDING'), 'the end of the delivery');
    expect(await log()).toEqual([
      {
        id: expect.any(String),
        event: 'MessageAdded',
        status: 'DELIVERED',
        attempts: 1,
        responseStatus: 200,
        nextAttemptAt: null,
      },
    ]);
    expect((await bob.isRefused('WebhookDeliveries', { webhookId: webhook.id })).code).toBe('NOT_FOUND');
    expect((await bob.isRefused('DeleteWebhook', { id: webhook.id })).code).toBe('NOT_FOUND');
    expect(await ada.does('DeleteWebhook', { id: webhook.id })).toBe(true);
    expect((await ada.isRefused('WebhookDeliveries', { webhookId: webhook.id })).code).toBe('NOT_FOUND');
  });

  test('an incoming webhook sends messages into its channel for any caller that knows its address', async () => {
    const input = { channelId, name: 'build' };
    expect((await bob.isRefused('CreateIncomingWebhook', { input })).code).toBe('FORBIDDEN');
    const webhook = await ada.does('CreateIncomingWebhook', { input });
    expect(webhook).toEqual({
      id: expect.any(String),
      url: expect.stringMatching(/\/api\/v1\/hooks\/.+/),
      channel: { id: channelId },
    });
    const address = new URL(webhook.url as string, system.url);
    const post = (to: URL, text: string) =>
      fetch(to, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ text }),
      });
    const answer = await post(new URL(address.pathname, system.url), 'The build is *green*.');
    expect([answer.status, await answer.text()]).toEqual([200, 'ok']);
    const { messages } = await bob.does('ChannelHistory', { id: channelId, last: 1 });
    expect(messages.edges[0].node.body).toContain('The build is');
    expect((await post(new URL('/api/v1/hooks/nobody-knows', system.url), 'hello')).status).toBe(404);
  });
}

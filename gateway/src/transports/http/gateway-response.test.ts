/** The headers that every response has, and their cheap way to the client. */
import { ServerResponse } from 'node:http';
import { startShopGateway } from '../../testing/shop-gateway';
import { GatewayResponse } from './gateway-response';

test('a known operation is answered with all default headers and without a header table', async () => {
  await using shop = await startShopGateway();
  const request = { query: '{ me { name } }' };
  await shop.ask(request); // through Apollo Server
  const setHeader = jest.spyOn(ServerResponse.prototype, 'setHeader');
  const { headers } = await shop.ask(request);
  expect(setHeader.mock.contexts.filter((response) => response instanceof GatewayResponse)).toEqual([]);
  expect(Object.fromEntries(headers)).toMatchObject({
    vary: 'origin',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-correlation-id': expect.stringMatching(/./),
  });
  setHeader.mockRestore();
});

// Mercurius's gateway. It supports Federation 1 and reads the schemas from the subgraphs.
import Fastify from 'fastify';
import mercuriusGateway from '@mercuriusjs/gateway';

const services = JSON.parse(process.env.SUBGRAPHS).map(({ name, url }) => ({
  name,
  url,
  mandatory: true,
  keepAlive: 65_000,
}));
const app = Fastify();
app.register(mercuriusGateway, { gateway: { services }, jit: 1 });
const address = await app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`listening at ${address}/graphql\n`);

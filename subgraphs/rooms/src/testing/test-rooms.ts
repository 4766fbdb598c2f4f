/** A rooms subgraph for tests, its people, and gateways that hold their connections. */
import { ConnectionRegistry } from '@chat/identity-client/presence/connections';
import type { Subgraph } from '@chat/kit/graphql/subgraph';
import { createLogger } from '@chat/kit/logging';
import { closeRedis, connectRedis } from '@chat/kit/redis';
import { startTestSubgraph, type TestSubgraph } from '@chat/kit/testing/test-subgraph';
import { roomsVariables, type RoomsConfig } from '../config';
import { createRooms } from '../create-rooms';
import { RoomPerson } from './room-person';

export type TestRooms = TestSubgraph<RoomsConfig, Subgraph, RoomPerson>;

/** @param env overrides variables of the process */
export const startTestRooms = (env?: Record<string, string>): Promise<TestRooms> =>
  startTestSubgraph('rooms', roomsVariables, createRooms, env, RoomPerson);

/** The connections of a gateway, without the gateway. */
export class TestGateway implements AsyncDisposable {
  private readonly registry: ConnectionRegistry;
  private readonly redis;
  private last = 0;

  constructor({ REDIS_URL, REDIS_PREFIX }: Pick<RoomsConfig, 'REDIS_URL' | 'REDIS_PREFIX'>) {
    const log = createLogger('test gateway', 'error');
    this.redis = connectRedis(REDIS_URL, log);
    this.registry = new ConnectionRegistry(this.redis, log, REDIS_PREFIX);
  }

  /** Opens a connection of a person, and sends the person's requests over it. */
  async connects(person: RoomPerson): Promise<string> {
    const id = String(++this.last);
    this.registry.connected(person.id, id);
    await this.registry.settled();
    return (person.connection = `${this.registry.gatewayId}/${id}`);
  }

  async disconnects(person: RoomPerson, connection = person.connection!): Promise<void> {
    this.registry.disconnected(person.id, connection.split('/')[1]!);
    if (person.connection === connection) person.connection = undefined;
    await this.registry.settled();
  }

  /** Falls silent without a goodbye, as a killed process. */
  dies(): void {
    this.redis.disconnect();
  }

  /** Goes on after {@link dies}, with the connections that it had. */
  async revives(): Promise<void> {
    await this.redis.connect();
    await this.registry.settled();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.registry[Symbol.asyncDispose]();
    await closeRedis(this.redis);
  }
}

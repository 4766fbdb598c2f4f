/**
 * STUN and TURN servers for a client. The credentials follow the REST API for TURN (draft-uberti-behave-turn-rest-00), which coturn calls
 * use-auth-secret: the user name is the expiry and the account, the password is its HMAC-SHA1 with the shared secret.
 */
import { createHmac } from 'node:crypto';
import type { RoomsConfig } from '../config';
import type { IceServer } from './ice-server.type';

type Settings = Pick<RoomsConfig, 'STUN_URLS' | 'TURN_URLS' | 'TURN_SECRET' | 'TURN_TTL_SECONDS'>;

export class IceServers {
  constructor(private readonly settings: Settings) {}

  /** Empty without settings: peers in one network connect without servers. */
  serversFor(userId: string, now = Date.now()): IceServer[] {
    const { STUN_URLS: stun, TURN_URLS: turn, TURN_SECRET: secret, TURN_TTL_SECONDS: ttl } = this.settings;
    const servers: IceServer[] = stun.length > 0 ? [{ urls: stun, username: null, credential: null }] : [];
    if (turn.length > 0 && secret) {
      const username = `${Math.floor(now / 1000) + ttl}:${userId}`;
      const credential = createHmac('sha1', secret).update(username).digest('base64');
      servers.push({ urls: turn, username, credential });
    }
    return servers;
  }
}

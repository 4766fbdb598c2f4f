/** Signs and verifies the tokens of a session. Does not know whether the session has ended. */
import { ACCESS_TOKEN } from '@chat/identity-client/sessions/access-token';
import { DerivedKeys, secretsIn, type Secret } from '@chat/kit/auth/derived-keys';
import { newId } from '@chat/kit/ids';
import { sign, verify, type JwtPayload } from 'jsonwebtoken';

export interface AccessClaims {
  userId: string;
  sessionId: string;
  roles: readonly string[];
  permissions: readonly string[];
}

/** The session of a refresh token, and the token's generation number. */
export interface RefreshClaims {
  sessionId: string;
  generation: number;
}

export class Tokens {
  private readonly secrets: readonly [string, ...string[]];
  private readonly refreshKeys: DerivedKeys;

  constructor(
    secret: Secret,
    readonly accessLifetimeSeconds: number,
  ) {
    this.secrets = secretsIn(secret);
    this.refreshKeys = new DerivedKeys(secret, 'refresh-token');
  }

  /** Signs a JWT (RFC 7519). */
  accessToken({ userId, sessionId, roles, permissions }: AccessClaims): { accessToken: string; expiresAt: Date } {
    const issuedAt = Math.floor(Date.now() / 1000);
    const exp = issuedAt + this.accessLifetimeSeconds;
    const accessToken = sign({ sid: sessionId, roles, permissions, iat: issuedAt, exp }, this.secrets[0], {
      ...ACCESS_TOKEN,
      subject: userId,
      jwtid: newId(),
    });
    return { accessToken, expiresAt: new Date(exp * 1000) };
  }

  /** The session of an access token, and its expiry in seconds since 1970; undefined if the token is not valid. */
  readAccessToken(token: string): { sessionId: string; expiresAt: number } | undefined {
    const { algorithm, issuer, audience } = ACCESS_TOKEN;
    for (const secret of this.secrets) {
      try {
        const { sid, exp } = verify(token, secret, { algorithms: [algorithm], issuer, audience }) as JwtPayload;
        return typeof sid === 'string' && exp !== undefined ? { sessionId: sid, expiresAt: exp } : undefined;
      } catch {
        continue;
      }
    }
    return undefined;
  }

  /** `<session>.<generation>.<signature>` */
  refreshToken({ sessionId, generation }: RefreshClaims): string {
    return `${sessionId}.${generation}.${this.refreshKeys.mac(`${sessionId}.${generation}`)}`;
  }

  /** The claims of a refresh token; undefined if its signature does not match. */
  readRefreshToken(token: string): RefreshClaims | undefined {
    const [, sessionId, digits, signature] = /^([\w-]{36})\.(\d{1,9})\.([\w-]{43})$/.exec(token) ?? [];
    if (!sessionId || !digits || !signature) return undefined;
    const generation = Number(digits);
    return this.refreshKeys.isMac(`${sessionId}.${generation}`, signature) ? { sessionId, generation } : undefined;
  }
}

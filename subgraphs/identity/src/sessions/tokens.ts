/** Makes the tokens of a session, and reads them. */
import { newId } from '@chat/kit/ids';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { sign, verify, type JwtPayload } from 'jsonwebtoken';

export interface AccessClaims {
  userId: string;
  sessionId: string;
  roles: readonly string[];
  permissions: readonly string[];
}

/** Which session a refresh token belongs to, and the how-manieth of it it is. */
export interface RefreshClaims {
  sessionId: string;
  generation: number;
}

const ISSUER = 'chat-system';
const AUDIENCE = 'access';

export class Tokens {
  private readonly refreshKey: Buffer;

  constructor(
    private readonly secretKey: string,
    readonly accessLifetimeSeconds: number,
  ) {
    this.refreshKey = createHmac('sha256', secretKey).update('refresh-token').digest();
  }

  /** A JWT (RFC 7519, HS256) and when it ends. */
  accessToken({ userId, sessionId, roles, permissions }: AccessClaims): { accessToken: string; expiresAt: Date } {
    const issuedAt = Math.floor(Date.now() / 1000);
    const exp = issuedAt + this.accessLifetimeSeconds;
    const accessToken = sign({ sid: sessionId, roles, permissions, iat: issuedAt, exp }, this.secretKey, {
      algorithm: 'HS256',
      subject: userId,
      issuer: ISSUER,
      audience: AUDIENCE,
      jwtid: newId(),
    });
    return { accessToken, expiresAt: new Date(exp * 1000) };
  }

  /** Which session an access token belongs to and when it ends, in seconds since 1970; undefined where it is not valid. */
  readAccessToken(token: string): { sessionId: string; expiresAt: number } | undefined {
    try {
      const { sid, exp } = verify(token, this.secretKey, {
        algorithms: ['HS256'],
        issuer: ISSUER,
        audience: AUDIENCE,
      }) as JwtPayload;
      return typeof sid === 'string' && exp !== undefined ? { sessionId: sid, expiresAt: exp } : undefined;
    } catch {
      return undefined;
    }
  }

  /** `<session>.<generation>.<signature>` */
  refreshToken({ sessionId, generation }: RefreshClaims): string {
    return `${sessionId}.${generation}.${this.signature(sessionId, generation)}`;
  }

  /** What a refresh token says, or undefined where we have not signed it. */
  readRefreshToken(token: string): RefreshClaims | undefined {
    const [, sessionId, digits, signature] = /^([\w-]{36})\.(\d{1,9})\.([\w-]{43})$/.exec(token) ?? [];
    if (!sessionId || !digits || !signature) return undefined;
    const generation = Number(digits);
    const isOurs = timingSafeEqual(Buffer.from(signature), Buffer.from(this.signature(sessionId, generation)));
    return isOurs ? { sessionId, generation } : undefined;
  }

  private signature(sessionId: string, generation: number): string {
    return createHmac('sha256', this.refreshKey).update(`${sessionId}.${generation}`).digest('base64url');
  }
}

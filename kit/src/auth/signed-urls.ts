/**
 * URLs that allow one thing for a short time. The token is a part of the path and signed with a key that is derived from SECRET_KEY. Holds
 * no session token, and knows no claims.
 */
import { DerivedKeys, type Secret } from './derived-keys';

/** One surface of URLs. Processes that sign and read the same URLs must name it equally. */
export interface UrlSpace<Kind extends string> {
  /** The path of all its URLs at the gateway, with slashes at both ends. */
  path: string;
  /** Separates its key from those of other spaces. */
  purpose: string;
  /** The first segments after the path. */
  kinds: readonly Kind[];
}

export interface SignedUrl<Kind extends string, Claims> {
  kind: Kind;
  /** Undefined if the token is forged, altered or of another kind. */
  claims: Claims | undefined;
  hasExpired: boolean;
}

/** Compared with the claims before anything else, so that a token of one kind is none of another. */
interface Signed {
  kind: string;
  /** Seconds since 1970. */
  until: number;
}

/** The URL of a path below the gateway's URL for clients, which may have a path of its own. */
export const publicUrlOf = (publicUrl: string, path: string): string =>
  (publicUrl.endsWith('/') ? publicUrl.slice(0, -1) : publicUrl) + path;

export class SignedUrls<Kind extends string> {
  private readonly keys: DerivedKeys;
  private readonly base: string;

  /** @param publicUrl the gateway's URL for clients */
  constructor(
    secret: Secret,
    publicUrl: string,
    private readonly space: UrlSpace<Kind>,
  ) {
    this.keys = new DerivedKeys(secret, space.purpose);
    this.base = publicUrlOf(publicUrl, space.path);
  }

  /** @param until the end of the URL's lifetime, rounded up to a second */
  sign(kind: Kind, claims: object, until: Date): string {
    const signed: Signed = { kind, until: Math.ceil(until.getTime() / 1000) };
    const payload = Buffer.from(JSON.stringify({ ...claims, ...signed })).toString('base64url');
    return `${this.base}${kind}/${payload}.${this.keys.mac(payload)}`;
  }

  /** Reads the path of a request. Undefined if the path is not of this space. */
  read<Claims>(path: string): SignedUrl<Kind, Claims> | undefined {
    if (!path.startsWith(this.space.path)) return undefined;
    const [first, token = '', ...behind] = path.slice(this.space.path.length).split('/');
    const kind = this.space.kinds.find((known) => known === first);
    if (kind === undefined) return undefined;
    const [payload = '', mac = '', ...rest] = token.split('.');
    const isWhole = rest.length === 0 && behind.length === 0;
    const isOurs = isWhole && this.keys.isMac(payload, mac);
    if (!isOurs) return { kind, claims: undefined, hasExpired: false };
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims & Signed;
    if (claims.kind !== kind) return { kind, claims: undefined, hasExpired: false };
    return { kind, claims, hasExpired: claims.until * 1000 <= Date.now() };
  }
}

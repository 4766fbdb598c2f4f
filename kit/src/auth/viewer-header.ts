/**
 * The signed header with which the gateway passes the viewer to subgraphs.
 * A subgraph refuses requests without it, so it is safe even when reached directly; clients cannot send it through.
 */
import { LRUCache } from 'lru-cache';
import { DerivedKeys, type Secret } from './derived-keys';
import type { Viewer } from './viewer';

/** Lower-case name of the header. */
export const VIEWER_HEADER = 'x-viewer';

/** How long a signature is accepted, in seconds; long enough for clocks that differ, short enough to be useless when leaked. */
const LIFETIME_SECONDS = 60;

/** Grows as needed. With `max`, a cache takes half a megabyte from the start. */
const CACHE = { maxSize: 10_000, sizeCalculation: () => 1 };

interface Envelope {
  viewer: Viewer | null;
  /** Seconds since 1970 after which the header is refused. */
  until: number;
}

interface Signed {
  header: string;
  /** As in {@link Envelope}. */
  until: number;
}

/** Signs and checks viewer headers with a key derived from `SECRET_KEY`. Both directions are cached: one HMAC per viewer and half minute. */
export class ViewerHeader {
  private readonly keys: DerivedKeys;
  private readonly signed = new LRUCache<string, Signed>(CACHE);
  /** By object: the viewer of a connection is one object for as long as it has the same rights, and nobody changes it. */
  private readonly signedOf = new WeakMap<Viewer, Signed>();
  private readonly verified = new LRUCache<string, Envelope>(CACHE);

  constructor(secret: Secret) {
    this.keys = new DerivedKeys(secret, 'viewer-header');
  }

  sign(viewer: Viewer | null): string {
    const now = Math.floor(Date.now() / 1000);
    const own = viewer && this.signedOf.get(viewer);
    // By the clock that the reader compares with, as both may have been set.
    if (own && isYoung(own.until - now)) return own.header;
    const signed = this.signNow(viewer, now);
    if (viewer) this.signedOf.set(viewer, signed);
    return signed.header;
  }

  private signNow(viewer: Viewer | null, now: number): Signed {
    const identity = viewer ? JSON.stringify(viewer) : '';
    const known = this.signed.get(identity);
    if (known && isYoung(known.until - now)) return known;
    const until = now + LIFETIME_SECONDS;
    const envelope: Envelope = { viewer, until };
    const payload = Buffer.from(JSON.stringify(envelope)).toString('base64url');
    const header = `${payload}.${this.keys.mac(payload)}`;
    const signed = { header, until };
    this.signed.set(identity, signed);
    return signed;
  }

  /** The viewer in a header (`null` if nobody is logged in), or `undefined` if the header is missing, forged or expired. */
  verify(header: string | undefined): Viewer | null | undefined {
    if (!header) return undefined;
    const envelope = this.verified.get(header) ?? this.open(header);
    return envelope && envelope.until >= Date.now() / 1000 ? envelope.viewer : undefined;
  }

  private open(header: string): Envelope | undefined {
    const [payload, mac, ...rest] = header.split('.');
    if (!payload || !mac || rest.length > 0) return undefined;
    if (!this.keys.isMac(payload, mac)) return undefined;
    const envelope = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Envelope;
    this.verified.set(header, envelope);
    return envelope;
  }
}

const isYoung = (secondsLeft: number) => secondsLeft > LIFETIME_SECONDS / 2 && secondsLeft <= LIFETIME_SECONDS;

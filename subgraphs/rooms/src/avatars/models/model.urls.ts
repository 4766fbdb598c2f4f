/** The public URLs of models and their thumbnails. A model's hash is its name, so that a URL never changes its content and cannot be guessed. */
import { publicUrlOf } from '@chat/kit/auth/signed-urls';

const PATH = '/api/v1/rooms/';

export type ModelName = { kind: 'skin' | 'model' | 'thumbnail'; id: string };

export class ModelUrls {
  private readonly base: string;

  /** @param publicUrl the gateway's URL for clients; may have a path */
  constructor(publicUrl: string) {
    this.base = publicUrlOf(publicUrl, PATH);
  }

  ofSkin(id: string): string {
    return `${this.base}skins/${id}.glb`;
  }

  ofModel(sha256: string): string {
    return `${this.base}models/${sha256}`;
  }

  ofThumbnail(sha256: string): string {
    return `${this.base}thumbnails/${sha256}`;
  }

  /** Undefined if the path is not of this surface. */
  read(path: string): ModelName | undefined {
    const skin = /^\/api\/v1\/rooms\/skins\/([a-z-]{1,40})\.glb$/.exec(path);
    if (skin) return { kind: 'skin', id: skin[1]! };
    const [, kind, id] = /^\/api\/v1\/rooms\/(model|thumbnail)s\/([0-9a-f]{64})$/.exec(path) ?? [];
    return id ? { kind: kind as 'model' | 'thumbnail', id } : undefined;
  }
}

/** Serves the models of skins and avatars, and their thumbnails. Knowledge of the URL suffices; all are immutable and cached. */
import type { EntityManager } from '@chat/kit/database/database';
import type { HttpHandler } from '@chat/kit/graphql/feature';
import { skinOf } from '../catalogue';
import { skinModel } from '../skin-model';
import type { ModelName, ModelUrls } from './model.urls';

const TYPES = { GLTF: 'model/gltf+json', GLB: 'model/gltf-binary', VRM: 'model/gltf-binary' } as const;

interface Content {
  type: string;
  bytes: Buffer;
}

export function modelHandler(urls: ModelUrls, fork: () => EntityManager): HttpHandler {
  return async (request, response) => {
    const name = urls.read(new URL(request.url ?? '/', 'http://localhost').pathname);
    if (!name) return false;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
      return true;
    }
    const content = await read(name, fork);
    if (!content) {
      response.writeHead(404).end();
      return true;
    }
    response.writeHead(200, {
      'content-type': content.type,
      'content-length': content.bytes.length,
      'cache-control': 'public, max-age=31536000, immutable',
      'content-security-policy': "default-src 'none'",
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
    });
    response.end(request.method === 'HEAD' ? undefined : content.bytes);
    return true;
  };
}

async function read({ kind, id }: ModelName, fork: () => EntityManager): Promise<Content | undefined> {
  if (kind === 'skin') {
    const skin = skinOf(id);
    return skin && { type: TYPES.GLB, bytes: skinModel(skin) };
  }
  if (kind === 'thumbnail') {
    const [thumbnail] = await fork().execute<{ image: Buffer }[]>(
      'select image from rooms.thumbnails where model_sha256 = ? and image is not null',
      [id],
    );
    return thumbnail && { type: 'image/png', bytes: Buffer.from(thumbnail.image) };
  }
  const [row] = await fork().execute<{ format: keyof typeof TYPES; bytes: Buffer }[]>(
    'select format, bytes from rooms.models where sha256 = ?',
    [id],
  );
  return row && { type: TYPES[row.format], bytes: Buffer.from(row.bytes) };
}

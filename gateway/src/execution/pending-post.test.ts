/** A post keeps neither its request nor its response until a major collection of V8. */
import { promotedBytes, tenKilobytes } from '@chat/kit/testing/promoted-bytes';
import type { PostRequest, PostResponse } from './http-post';
import { PendingPost } from './pending-post';

test('keeps nothing once it has been answered', async () => {
  const left = await promotedBytes(async () => {
    const request = { headers: {}, body: '', timeoutMs: 10_000, parts: tenKilobytes() } as unknown as PostRequest;
    await new Promise<PostResponse>((resolve, reject) => {
      const post = new PendingPost(request, resolve, reject);
      setImmediate(() => post.answer({ status: 200, text: '' }));
    });
  });
  expect(left).toBeLessThan(1_000);
});

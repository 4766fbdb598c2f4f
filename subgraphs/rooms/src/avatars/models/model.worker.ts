/** The thread that checks one model after the other. The supervisor ends it if a model takes too long or too much memory. */
import { parentPort } from 'node:worker_threads';
import { checkModel, type CheckTask } from './model-check';

parentPort!.on('message', (task: CheckTask) => {
  void checkModel(task).then((verdict) => parentPort!.postMessage(verdict));
});

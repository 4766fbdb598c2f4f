/** A thread that does nothing but bcrypt, so that no request waits for somebody else's password. */
import { compareSync, hashSync } from 'bcryptjs';
import { parentPort } from 'node:worker_threads';

/** Hash with this cost, or compare with this hash. */
export type PasswordTask = { password: string; cost: number } | { password: string; hash: string };

parentPort!.on('message', (task: PasswordTask) => {
  parentPort!.postMessage('cost' in task ? hashSync(task.password, task.cost) : compareSync(task.password, task.hash));
});

/** A thread that does nothing but bcrypt, so that no request waits for somebody else's password. */
import { compareSync, hashSync } from 'bcryptjs';
import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';

/** Hash with this cost, or compare with this hash. */
export type PasswordTask = { password: string; cost: number } | { password: string; hash: string };

// On Linux this is the thread's own priority: whoever answers requests goes first. Elsewhere it would be the process's.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

parentPort!.on('message', (task: PasswordTask) => {
  parentPort!.postMessage('cost' in task ? hashSync(task.password, task.cost) : compareSync(task.password, task.hash));
});

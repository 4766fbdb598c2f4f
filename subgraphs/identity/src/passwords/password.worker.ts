/** A worker thread for bcrypt, which keeps hashing off the event loop. */
import { compareSync, hashSync } from 'bcryptjs';
import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';

/** Hash with a cost, or compare with a hash. */
export type PasswordTask = { password: string; cost: number } | { password: string; hash: string };

/** Low enough a priority that requests go first, but high enough that logins succeed on a busy machine. */
const NICENESS = 5;

// On Linux this sets the priority of the thread; elsewhere it would set that of the process.
if (process.platform === 'linux') setPriority(NICENESS);

parentPort!.on('message', (task: PasswordTask) => {
  parentPort!.postMessage('cost' in task ? hashSync(task.password, task.cost) : compareSync(task.password, task.hash));
});

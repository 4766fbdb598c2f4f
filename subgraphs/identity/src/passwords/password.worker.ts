/** A thread that does nothing but bcrypt, so that no request waits for somebody else's password. */
import { compareSync, hashSync } from 'bcryptjs';
import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';

/** Hash with this cost, or compare with this hash. */
export type PasswordTask = { password: string; cost: number } | { password: string; hash: string };

/** Nice enough that requests are answered first, and not so nice that nobody can log in at a busy machine. */
const NICENESS = 5;

// On Linux this is the thread's own priority; elsewhere it would be the whole process's.
if (process.platform === 'linux') setPriority(NICENESS);

parentPort!.on('message', (task: PasswordTask) => {
  parentPort!.postMessage('cost' in task ? hashSync(task.password, task.cost) : compareSync(task.password, task.hash));
});

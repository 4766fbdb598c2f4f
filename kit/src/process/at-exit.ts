/** Functions to call when this process exits, over one listener: Node takes more than ten for a leak, and a process may hold many children. */

const atExit = new Set<() => void>();

/** `call` must be synchronous and must not throw. @returns a function that unregisters the call; safe to repeat */
export function callAtExit(call: () => void): () => void {
  if (atExit.size === 0) process.on('exit', callAll);
  atExit.add(call);
  return () => {
    atExit.delete(call);
    if (atExit.size === 0) process.off('exit', callAll);
  };
}

function callAll(): void {
  for (const call of atExit) call();
}

/** Why a process could not start or a command could not do its work, in words for whoever started it. */
import { StartupError } from './startup-error';

/** What Node adds to an error of the operating system, by what failed. */
type SystemError = NodeJS.ErrnoException & { address?: string; port?: number; hostname?: string };

/** What to tell the person who started the process; a stack only where nobody foresaw the problem. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, syscall, path, address, port, hostname } = error as SystemError;
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${address} is in use by another process. Stop that one, or set PORT.`;
  if (code === 'EACCES' && port) return `Port ${port} needs more rights than this user has. Set PORT to 1024 or above.`;
  if (code === 'EADDRNOTAVAIL') return `${address} is not an address of this machine. Set HOST.`;
  if (code === 'ENOTFOUND') return `${hostname} is not a host that this machine knows. Set HOST.`;
  // A file or folder that is not there or not ours: the system's own words name it.
  if (syscall && path) return error.message;
  if (code?.startsWith('ERR_PARSE_ARGS_')) return error.message;
  return error instanceof StartupError ? error.message : (error.stack ?? error.message);
}

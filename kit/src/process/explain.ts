/** The reason for a failed start or command, in words for the operator. */
import { StartupError } from './startup-error';

/** The properties that Node adds to an error of the operating system. `code` is a number if a child process has failed. */
type SystemError = Omit<NodeJS.ErrnoException, 'code'> & {
  code?: string | number | null;
  address?: string;
  port?: number;
  hostname?: string;
};

/** The message for the operator. It has a stack only if the problem is unexpected. */
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
  if (typeof code === 'string' && code.startsWith('ERR_PARSE_ARGS_')) return error.message;
  return error instanceof StartupError ? error.message : (error.stack ?? error.message);
}

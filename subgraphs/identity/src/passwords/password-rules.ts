/** Which passwords are good enough (NIST SP 800-63B: length, and not one that attackers try first). */

/** In characters. */
export const PASSWORD_MIN = 8;
/** In bytes of UTF-8: bcrypt ignores whatever comes after. */
export const PASSWORD_MAX_BYTES = 72;

/** The first thing that is wrong with a new password, as a sentence; undefined where it is fine. */
export function passwordProblem(password: string): string | undefined {
  if (!password.isWellFormed() || /\p{Cc}/u.test(password)) return 'The password must not have control characters.';
  if ([...password].length < PASSWORD_MIN) return `The password must have at least ${PASSWORD_MIN} characters.`;
  if (Buffer.byteLength(password.normalize('NFKC')) > PASSWORD_MAX_BYTES)
    return `The password must have at most ${PASSWORD_MAX_BYTES} bytes.`;
  return undefined;
}

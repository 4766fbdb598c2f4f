/** Which passwords are good enough (NIST SP 800-63B: long enough, and not one that attackers try first). */
import { commonPasswords } from './generated/common-passwords';

/** In bytes of UTF-8: bcrypt ignores whatever comes after. */
export const PASSWORD_MAX_BYTES = 72;

const TOO_LONG = `The password must have at most ${PASSWORD_MAX_BYTES} bytes.`;

let common: ReadonlySet<string> | undefined;

export interface PasswordRules {
  /** In characters. */
  minLength: number;
  /** What the account is called; a password that is one of these is refused. */
  names: readonly (string | null | undefined)[];
}

/** The first thing that is wrong with a new password, as a sentence; undefined where it is fine. */
export function passwordProblem(password: string, { minLength, names }: PasswordRules): string | undefined {
  if (password.length > PASSWORD_MAX_BYTES) return TOO_LONG;
  if (!password.isWellFormed() || /\p{Cc}/u.test(password)) return 'The password must not have control characters.';
  if ([...password].length < minLength) return `The password must have at least ${minLength} characters.`;
  if (Buffer.byteLength(password.normalize('NFKC')) > PASSWORD_MAX_BYTES) return TOO_LONG;
  const plain = password.normalize('NFKC').toLowerCase();
  if (names.some((name) => name?.normalize('NFKC').toLowerCase() === plain))
    return 'The password must not be the name of the account.';
  if (isMonotonous(plain)) return 'The password must not be one character or a simple sequence.';
  common ??= new Set(commonPasswords.split(/\s+/));
  return common.has(plain) ? 'This password is one of those that attackers try first.' : undefined;
}

/** Whether each character follows from the one before by the same step: aaaaaaaa, 12345678, zyxwvuts. */
function isMonotonous(text: string): boolean {
  const codes = [...text].map((character) => character.codePointAt(0)!);
  const step = codes[1]! - codes[0]!;
  return Math.abs(step) <= 1 && codes.slice(1).every((code, index) => code - codes[index]! === step);
}

/** Rules for new passwords, after NIST SP 800-63B: long enough, and not among the most common. */
import { commonPasswords } from './generated/common-passwords';

/** Limit in bytes of UTF-8. bcrypt ignores all further bytes. */
const PASSWORD_MAX_BYTES = 72;

const TOO_LONG = `The password must have at most ${PASSWORD_MAX_BYTES} bytes.`;

let common: ReadonlySet<string> | undefined;

export interface PasswordRules {
  /** In characters. */
  minLength: number;
  /** Names of the account. A password must not equal one of them. */
  names: readonly (string | null | undefined)[];
}

/** The first problem of a new password, as a sentence; undefined if it is valid. */
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
  return common.has(plain) ? 'This password is among the most common ones.' : undefined;
}

/** Whether the characters form a sequence with a constant step: aaaaaaaa, 12345678, zyxwvuts. */
function isMonotonous(text: string): boolean {
  const codes = [...text].map((character) => character.codePointAt(0)!);
  const step = codes[1]! - codes[0]!;
  return Math.abs(step) <= 1 && codes.slice(1).every((code, index) => code - codes[index]! === step);
}

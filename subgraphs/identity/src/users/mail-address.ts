/** The form of e-mail addresses, and when two of them are one. Never throws, whatever it is asked about. */
import { isEmail, registerDecorator } from 'class-validator';
import { domainToASCII } from 'node:url';

/** In characters; RFC 5321's path limit. */
export const MAIL_ADDRESS_MAX = 254;

/** Letters, digits, dots and hyphens in ASCII, and anything beyond it: UTS 46 decides about that. */
const DOMAIN = /^[A-Za-z0-9.\-\u0080-\u{10ffff}]+$/u;

/**
 * The address as mail servers are given it: the domain in ASCII and lower case, by UTS 46 (which also maps full-width letters and
 * dots), without a dot at the end. The part before the @ is the receiving server's, and stays as it is.
 */
export function deliverableAddress(email: string): string {
  const address = email.trim().normalize('NFC');
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  if (at < 0 || !DOMAIN.test(domain)) return address;
  const ascii = domainToASCII(domain).replace(/\.$/, '');
  return `${address.slice(0, at)}@${ascii || domain.toLowerCase()}`;
}

/** Equal for addresses that reach the same mailbox nearly everywhere: they differ in case, or in how the domain is written. */
export const emailKey = (email: string): string => deliverableAddress(email).toLowerCase();

/** class-validator's own check fails on half characters instead of refusing them, and takes no domain that UTS 46 would map. */
export const isMailAddress = (value: unknown): value is string =>
  typeof value === 'string' &&
  value.length <= MAIL_ADDRESS_MAX &&
  value.isWellFormed() &&
  !/[\s\p{Cc}]/u.test(value) &&
  isEmail(deliverableAddress(value));

/** class-validator decorator for {@link isMailAddress}. */
export function IsMailAddress(): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'isMailAddress',
      target: target.constructor,
      propertyName: property as string,
      validator: {
        validate: isMailAddress,
        defaultMessage: (given) => `${given!.property} must be an e-mail address`,
      },
    });
}

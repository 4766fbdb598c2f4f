/** Validates, normalises and compares e-mail addresses. Never throws. */
import { isEmail, registerDecorator } from 'class-validator';
import { domainToASCII } from 'node:url';

/** Limit of RFC 5321, in characters. */
export const MAIL_ADDRESS_MAX = 254;

/** ASCII letters, digits, dots and hyphens, and any non-ASCII character, which UTS 46 validates. */
const DOMAIN = /^[A-Za-z0-9.\-\u0080-\u{10ffff}]+$/u;

/**
 * The address for mail servers: the domain in lower-case ASCII by UTS 46 (which also maps full-width letters and dots), without a
 * trailing dot. Leaves the local part unchanged, because only the receiving server can interpret it.
 */
export function deliverableAddress(email: string): string {
  const address = email.trim().normalize('NFC');
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  if (at < 0 || !DOMAIN.test(domain)) return address;
  const ascii = domainToASCII(domain).replace(/\.$/, '');
  return `${address.slice(0, at)}@${ascii || domain.toLowerCase()}`;
}

/** Equal for addresses that reach the same mailbox on nearly all servers: without regard to case and to the form of the domain. */
export const emailKey = (email: string): string => deliverableAddress(email).toLowerCase();

/** class-validator's own check throws on lone surrogates, and rejects domains that UTS 46 would map. */
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

/** What counts as an e-mail address. Never throws, whatever it is asked about. */
import { isEmail, registerDecorator } from 'class-validator';

/** In characters; RFC 5321's path limit. */
export const MAIL_ADDRESS_MAX = 254;

/** class-validator's own check fails on half characters instead of refusing them. */
export const isMailAddress = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= MAIL_ADDRESS_MAX && value.isWellFormed() && isEmail(value);

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

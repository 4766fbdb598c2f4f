/** Which addresses a picture may have. Loads nothing. */
import { registerDecorator } from 'class-validator';

const MAX_LENGTH = 2048;

/** Only https, so that a page over https can show it, and no credentials, which all viewers would see. */
function isAvatarUrl(value: unknown): boolean {
  if (typeof value !== 'string' || value.length > MAX_LENGTH || /[\s\p{C}]/u.test(value)) return false;
  const url = URL.parse(value);
  return url?.protocol === 'https:' && url.username === '' && url.password === '' && url.hostname !== '';
}

/** class-validator decorator for {@link isAvatarUrl}; null and undefined are valid. */
export function IsAvatarUrl(): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'isAvatarUrl',
      target: target.constructor,
      propertyName: property as string,
      validator: {
        validate: (value) => value == null || isAvatarUrl(value),
        defaultMessage: (given) => `${given!.property} must be an https address without user name and password`,
      },
    });
}

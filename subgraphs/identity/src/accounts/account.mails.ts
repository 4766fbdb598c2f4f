/** Mails about accounts, in German and English. */
import { inLanguage, type MailText } from '../mail/language';
import type { UserEntity } from '../users/user.entity';

type Recipient = Pick<UserEntity, 'username' | 'locale'>;

export const passwordResetMail = ({ username, locale }: Recipient, url: string): MailText =>
  inLanguage(locale, {
    en: () => ({
      subject: 'Set a new password',
      text: [
        `A new password was requested for the account ${username}.`,
        'Set it here within an hour:',
        url,
        'If you did not request it, ignore this mail. Nothing has changed.',
      ],
    }),
    de: () => ({
      subject: 'Neues Passwort setzen',
      text: [
        `Für das Konto ${username} wurde ein neues Passwort angefordert.`,
        'Setzen Sie es hier innerhalb einer Stunde:',
        url,
        'Wenn Sie es nicht angefordert haben, ignorieren Sie diese Mail. Es hat sich nichts geändert.',
      ],
    }),
  });

export const welcomeMail = ({ username, locale }: Recipient, url: string): MailText =>
  inLanguage(locale, {
    en: () => ({
      subject: 'Your chat account',
      text: [
        `An administrator has created the account ${username} for you.`,
        'Set your password here within seven days:',
        url,
      ],
    }),
    de: () => ({
      subject: 'Ihr Chat-Konto',
      text: [
        `Für Sie wurde das Konto ${username} angelegt.`,
        'Setzen Sie hier innerhalb von sieben Tagen Ihr Passwort:',
        url,
      ],
    }),
  });

export const claimedMail = ({ username, locale }: Recipient, claimant: string): MailText =>
  inLanguage(locale, {
    en: () => ({
      subject: 'A new account uses your e-mail address',
      text: [
        `The account ${claimant} uses this e-mail address.`,
        `The address belongs to your account ${username}. If you have forgotten its password, request a new one.`,
        'If the other account is not yours, ignore this mail. Nothing has changed.',
      ],
    }),
    de: () => ({
      subject: 'Ein neues Konto verwendet Ihre E-Mail-Adresse',
      text: [
        `Das Konto ${claimant} verwendet diese E-Mail-Adresse.`,
        `Die Adresse gehört zu Ihrem Konto ${username}. Wenn Sie dessen Passwort vergessen haben, fordern Sie ein neues an.`,
        'Wenn das andere Konto nicht Ihres ist, ignorieren Sie diese Mail. Es hat sich nichts geändert.',
      ],
    }),
  });

export const confirmationMail = ({ username, locale }: Recipient, url: string): MailText =>
  inLanguage(locale, {
    en: () => ({
      subject: 'Confirm your e-mail address',
      text: [
        `Confirm within a day that this is the address of the account ${username}:`,
        url,
        'If you do not know the account, ignore this mail.',
      ],
    }),
    de: () => ({
      subject: 'E-Mail-Adresse bestätigen',
      text: [
        `Bestätigen Sie innerhalb eines Tages, dass dies die Adresse des Kontos ${username} ist:`,
        url,
        'Wenn Sie das Konto nicht kennen, ignorieren Sie diese Mail.',
      ],
    }),
  });

export const addressChangeMail = ({ username, locale }: Recipient, url: string): MailText =>
  inLanguage(locale, {
    en: () => ({
      subject: 'Confirm your new e-mail address',
      text: [
        `Confirm within a day that the account ${username} may use this e-mail address:`,
        url,
        'If you do not know the account, ignore this mail.',
      ],
    }),
    de: () => ({
      subject: 'Neue E-Mail-Adresse bestätigen',
      text: [
        `Das Konto ${username} soll diese E-Mail-Adresse verwenden. Bestätigen Sie sie innerhalb eines Tages:`,
        url,
        'Wenn Sie das Konto nicht kennen, ignorieren Sie diese Mail.',
      ],
    }),
  });

export const addressChangeNotice = ({ username, locale }: Recipient, newAddress: string): MailText =>
  inLanguage(locale, {
    en: () => ({
      subject: 'Your e-mail address will change',
      text: [
        `The account ${username} will use the address ${newAddress} as soon as that address is confirmed.`,
        'If you did not request this, change your password now and end your other sessions.',
      ],
    }),
    de: () => ({
      subject: 'Ihre E-Mail-Adresse wird geändert',
      text: [
        `Das Konto ${username} verwendet künftig die Adresse ${newAddress}, sobald sie bestätigt ist.`,
        'Wenn Sie das nicht veranlasst haben, ändern Sie jetzt Ihr Passwort und beenden Sie Ihre anderen Sitzungen.',
      ],
    }),
  });

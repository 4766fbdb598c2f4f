/** The mail that invites a person, in German and English. */
import { inLanguage, type MailText } from '../mail/language';

export interface InvitationMail {
  url: string;
  locale: string | null;
  expiresAt: Date;
}

export const invitationMail = ({ url, locale, expiresAt }: InvitationMail): MailText =>
  inLanguage(locale, {
    en: (date) => ({
      subject: 'You are invited to the chat',
      text: [
        'An administrator invites you to the chat. Create your account here:',
        url,
        `The link works once, until ${date(expiresAt)}.`,
        'If you do not want an account, ignore this mail.',
      ],
    }),
    de: (date) => ({
      subject: 'Einladung in den Chat',
      text: [
        'Sie wurden in den Chat eingeladen. Hier legen Sie Ihr Konto an:',
        url,
        `Der Link funktioniert einmal und bis ${date(expiresAt)}.`,
        'Wenn Sie kein Konto möchten, ignorieren Sie diese Mail.',
      ],
    }),
  });

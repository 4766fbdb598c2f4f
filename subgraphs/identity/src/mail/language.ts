/** Chooses the language of a mail: German for German locales, otherwise English. Holds no texts. */

/** Subject and plain text of a mail. */
export interface MailText {
  subject: string;
  text: string;
}

/** One language's version. `text` holds paragraphs; `date` formats a time in UTC. */
type Version = (date: (time: Date) => string) => { subject: string; text: readonly string[] };

/** @param locale language tag of the recipient (BCP 47); English if absent */
export function inLanguage(locale: string | null | undefined, versions: { en: Version; de: Version }): MailText {
  const language = /^de\b/i.test(locale ?? '') ? 'de' : 'en';
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });
  const { subject, text } = versions[language]((time) => `${format.format(time)} UTC`);
  return { subject, text: text.join('\n\n') };
}

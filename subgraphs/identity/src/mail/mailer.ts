/** Sends mail by SMTP. Without a server, writes it to a folder, so that the system can be tried out without one. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@chat/kit/logging';
import type { Transporter } from 'nodemailer';

export interface Mail {
  to: string;
  subject: string;
  text: string;
}

export interface Mailer {
  /** @throws if the server does not accept the mail; the caller retries */
  send(mail: Mail): Promise<void>;
}

/** When it is first needed: it takes 2 MB. */
const load = () => import('nodemailer');

/** Keeps the text of mails in any language readable in files. */
const READABLE = { textEncoding: 'quoted-printable' } as const;

/** @param smtpUrl `smtp://user:password@host:port`. Without it, mails are written to files in `folder`, and the log names each file. */
export function createMailer(smtpUrl: string | undefined, from: string, folder: string, log: Logger): Mailer {
  if (smtpUrl) {
    let transport: Promise<Transporter> | undefined;
    return {
      async send(mail) {
        transport ??= load().then(({ createTransport }) => createTransport(smtpUrl));
        await (await transport).sendMail({ from, ...READABLE, ...mail });
      },
    };
  }
  return {
    async send(mail) {
      const transport = (await load()).createTransport({ streamTransport: true, buffer: true, newline: 'unix' });
      const { message, messageId } = await transport.sendMail({ from, ...READABLE, ...mail });
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const name = `${new Date().toISOString().replaceAll(':', '-')}-${messageId.replace(/[^\w.-]/g, '').slice(0, 40)}.eml`;
      const file = join(folder, name);
      await writeFile(file, message as Buffer, { mode: 0o600 });
      log.warn({ file, to: mail.to }, 'SMTP_URL is not set, so a mail was written to a file');
    },
  };
}

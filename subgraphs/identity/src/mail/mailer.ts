/** Sends mail by SMTP, or writes it to a folder where no server is configured, so that nothing is lost on the way to trying it out. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@chat/kit/logging';
import { createTransport } from 'nodemailer';

export interface Mail {
  to: string;
  subject: string;
  text: string;
}

export interface Mailer {
  /** @throws where the server does not take it; the caller tries again later. */
  send(mail: Mail): Promise<void>;
}

/** @param smtpUrl `smtp://user:password@host:port`; without it mails are files in `folder`, and the log names each. */
export function createMailer(smtpUrl: string | undefined, from: string, folder: string, log: Logger): Mailer {
  if (smtpUrl) {
    const transport = createTransport(smtpUrl);
    return { send: async (mail) => void (await transport.sendMail({ from, ...mail })) };
  }
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'unix' });
  return {
    async send(mail) {
      const { message, messageId } = await transport.sendMail({ from, ...mail });
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const name = `${new Date().toISOString().replaceAll(':', '-')}-${messageId.replace(/[^\w.-]/g, '').slice(0, 40)}.eml`;
      const file = join(folder, name);
      await writeFile(file, message as Buffer, { mode: 0o600 });
      log.warn({ file, to: mail.to }, 'no SMTP server is configured (SMTP_URL), so a mail was written to a file');
    },
  };
}

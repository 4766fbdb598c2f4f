/**
 * Gives an e-mail address to the one account that has confirmed it, without regard to the form of its domain. Any number of accounts may
 * claim an address, so that a registration does not reveal whether it has an account.
 */
import { Migration } from '@mikro-orm/migrations';
import { emailKey } from '../users/mail-address';

export class MailAddresses extends Migration {
  override async up(): Promise<void> {
    this.addSql('alter table identity.users drop constraint users_email_key_key');
    this.addSql('create index users_email on identity.users (email_key, created_at)');
    // The key can differ only for addresses that are not ASCII, are in Punycode, or end with a dot.
    const rows = (await this.execute(
      `select id, email, email_key from identity.users
       where email is not null and (email ~ '[^ -~]' or email ilike '%xn--%' or email like '%.') order by created_at, id`,
    )) as unknown as { id: string; email: string; email_key: string }[];
    for (const { id, email, email_key: before } of rows) {
      const key = emailKey(email);
      if (key !== before)
        this.addSql(`update identity.users set email_key = ${literal(key)} where id = ${literal(id)}`);
    }
    // If several accounts turn out to have confirmed one address, the oldest keeps it.
    this.addSql(`update identity.users u set is_email_verified = false where is_email_verified and exists (
      select 1 from identity.users o where o.email_key = u.email_key and o.is_email_verified
        and (o.created_at, o.id) < (u.created_at, u.id))`);
    this.addSql('create unique index users_email_owner on identity.users (email_key) where is_email_verified');
    this.addSql(`create table identity.email_confirmations (
      token_hash text primary key,
      user_id uuid not null references identity.users (id) on delete cascade,
      email_key text not null,
      expires_at timestamptz not null
    )`);
    this.addSql('create index email_confirmations_user on identity.email_confirmations (user_id)');
  }
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

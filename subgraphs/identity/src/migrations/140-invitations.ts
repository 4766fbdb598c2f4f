/** Invitations: links that let people register, even if registration is off. */
import { Migration } from '@mikro-orm/migrations';

export class Invitations extends Migration {
  override up(): void {
    this.addSql(`create table identity.invitations (
      id uuid primary key,
      role text not null,
      email text,
      locale text,
      max_uses integer not null check (max_uses > 0),
      uses integer not null default 0 check (uses <= max_uses),
      created_by uuid,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      revoked_at timestamptz
    )`);
    this.addSql(`create table identity.invitation_tokens (
      token_hash text primary key,
      invitation_id uuid not null references identity.invitations (id) on delete cascade,
      is_mailed boolean not null
    )`);
    this.addSql('create index invitation_tokens_invitation on identity.invitation_tokens (invitation_id)');
  }
}

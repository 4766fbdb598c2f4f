/** Asks identity for role changes while Redis does not announce them. Holds no roles itself; `RoleChanges` does. */
import type { RoleChanges } from '@chat/identity-client/access/role-changes';
import type { FindChangedRoles } from '@chat/identity-client/sessions/introspection';

export class MissedRoles {
  /** The moment up to which all changes are known, by identity's clock. */
  private until?: number;

  /** @param onChanged called with the account of each new change */
  constructor(
    private readonly find: FindChangedRoles,
    private readonly known: Pick<RoleChanges, 'learn'>,
    private readonly onChanged: (userId: string) => void,
  ) {}

  /** @throws if identity does not answer */
  async poll(): Promise<void> {
    const { changes, until } = await this.find(this.until);
    this.until = until;
    for (const { userId } of this.known.learn(changes)) this.onChanged(userId);
  }
}

/** The account for which the running request acts. It is known everywhere, so no service passes it to the audit log. */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface CurrentActor {
  /** The account; null for nobody. */
  actorId: string | null;
  /** The client's network address. */
  address: string | null;
}

const scope = new AsyncLocalStorage<CurrentActor>();

/** Runs `work` for `actor`. */
export const actingAs = <T>(actor: CurrentActor, work: () => T): T => scope.run(actor, work);

/** Nobody outside of requests, which is how jobs act. */
export const currentActor = (): CurrentActor => scope.getStore() ?? { actorId: null, address: null };

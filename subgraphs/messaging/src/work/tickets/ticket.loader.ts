/** Loads tickets for one viewer. All tickets that the viewer might not be allowed to see are loaded here. */
import type { EntityManager } from '@chat/kit/database/database';
import { isId } from '@chat/kit/ids';
import DataLoader from 'dataloader';
import type { ProjectEntity } from '../projects/project.entity';
import type { ProjectLoader } from '../projects/project.loader';
import { formatReference, type TicketReference } from '../../messages/formatting/reference-text';
import { TicketEntity } from './ticket.entity';

export interface TicketAccess {
  project: ProjectEntity;
  ticket: TicketEntity;
}

export class TicketLoader {
  private readonly byId: DataLoader<string, TicketEntity | null>;
  private readonly byReference: DataLoader<TicketReference, TicketEntity | null, string>;

  constructor(
    em: () => EntityManager,
    private readonly projects: ProjectLoader,
  ) {
    this.byId = new DataLoader((ids) => loadById(em(), ids));
    this.byReference = new DataLoader((references) => loadByReference(em(), references), {
      cacheKeyFn: formatReference,
    });
  }

  /** The ticket and its project; null if the ticket does not exist or the viewer may not see it. */
  async accessTicket(id: string): Promise<TicketAccess | null> {
    return this.withProject(isId(id) ? await this.byId.load(id.toLowerCase()) : null);
  }

  /** As {@link accessTicket}, by reference, such as OPS-42. */
  async accessReference(reference: TicketReference): Promise<TicketAccess | null> {
    return this.withProject(await this.byReference.load(reference));
  }

  /** Clears the cache after a change. */
  clear(id: string): void {
    this.byId.clear(id.toLowerCase());
  }

  private async withProject(ticket: TicketEntity | null): Promise<TicketAccess | null> {
    const project = ticket && (await this.projects.accessProject(ticket.projectId));
    return project && { project, ticket: ticket };
  }
}

async function loadById(em: EntityManager, ids: readonly string[]): Promise<(TicketEntity | null)[]> {
  const found = await em.find(TicketEntity, { id: { $in: [...ids] } });
  const byId = new Map(found.map((ticket) => [ticket.id, ticket]));
  return ids.map((id) => byId.get(id) ?? null);
}

async function loadByReference(
  em: EntityManager,
  references: readonly TicketReference[],
): Promise<(TicketEntity | null)[]> {
  const rows = await em.execute<(Record<string, unknown> & { reference: string })[]>(
    `select t.*, p.key || '-' || t.number as reference from jsonb_to_recordset(?::jsonb) as r(key text, number int)
     join messaging.projects p on p.key = r.key join messaging.tickets t on t.project_id = p.id and t.number = r.number`,
    [JSON.stringify(references)],
  );
  const found = new Map(rows.map(({ reference, ...row }) => [reference, em.map(TicketEntity, row)]));
  return references.map((reference) => found.get(formatReference(reference)) ?? null);
}

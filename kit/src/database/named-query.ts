/**
 * A named statement that PostgreSQL describes only when it first runs on a connection; pg asks each time, and reads the names and types of all
 * columns again. They stay the same: if a migration changes them, PostgreSQL refuses to run the statement (`cached plan must not change result type`).
 * See docs/decisions/named-statements.md.
 */
import { Query, type Connection, type QueryConfig } from 'pg';

/** The part of pg's result that depends only on the columns. */
export interface Columns {
  fields: unknown[];
  _parsers: unknown[];
  _prebuiltEmptyResultObject: object;
}

/** Members of pg's query and connection, of which its types say nothing. */
interface Internals {
  name: string;
  _result: Columns;
  _accumulateRows: boolean;
  prepare(connection: Connection): void;
  handleRowDescription(message: unknown): void;
}
const PgQuery = Query as unknown as new (config: QueryConfig) => Query & Internals;

export class NamedQuery extends PgQuery {
  /** @param known the columns of the statements that have run on the connection, by name */
  constructor(
    config: QueryConfig,
    private readonly known: Map<string, Columns>,
  ) {
    super(config);
  }

  override handleRowDescription(message: unknown): void {
    super.handleRowDescription(message);
    const { fields, _parsers, _prebuiltEmptyResultObject } = this._result;
    this.known.set(this.name, { fields, _parsers, _prebuiltEmptyResultObject });
  }

  override prepare(connection: Connection): void {
    const columns = this.known.get(this.name);
    if (!columns) return super.prepare(connection);
    Object.assign(this._result, columns);
    this._accumulateRows = true;
    super.prepare(new WithoutDescribe(connection) as unknown as Connection);
  }
}

type Wire = Record<'bind' | 'execute' | 'close', (message: unknown) => void> &
  Record<'sync', () => void> &
  Record<'parsedStatements' | 'submittedNamedStatements', Record<string, string>>;

/** The connection for a statement that it has parsed before. Sends no Describe, the question for the columns. */
class WithoutDescribe implements Wire {
  private readonly wire: Wire;
  readonly parsedStatements: Record<string, string>;
  readonly submittedNamedStatements: Record<string, string>;

  constructor(connection: Connection) {
    this.wire = connection as unknown as Wire;
    this.parsedStatements = this.wire.parsedStatements;
    this.submittedNamedStatements = this.wire.submittedNamedStatements;
  }

  describe(): void {}

  bind(message: unknown): void {
    this.wire.bind(message);
  }

  execute(message: unknown): void {
    this.wire.execute(message);
  }

  close(message: unknown): void {
    this.wire.close(message);
  }

  sync(): void {
    this.wire.sync();
  }
}

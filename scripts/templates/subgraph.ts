/** The files of a new subgraph with one feature: it starts, is migrated, composes into the supergraph, and has a test. */
import { capitalized, featureFiles, featureNames } from './feature';

/** Text by path, from the root of the repository. @param versions of the packages that subgraphs use, by their names */
export function subgraphFiles(name: string, thing: string, versions: Record<string, string>): Record<string, string> {
  const names = featureNames(name, thing, 2);
  const { type, field, file } = names;
  const folder = `${file}s`;
  const Name = capitalized(name);
  const dependencies = Object.fromEntries(PACKAGES.map((dependency) => [dependency, versions[dependency]]));
  const manifest = {
    name: `@chat/${name}`,
    version: '0.1.0',
    private: true,
    license: 'MIT',
    exports: { '.': { source: './src/index.ts', default: './dist/index.js' } },
    dependencies,
  };
  const source: Record<string, string> = {
    'config.ts': `/** The environment variables of the ${name} subgraph, beyond those that every subgraph has. */
import { subgraphVariables } from '@chat/kit/graphql/runtime';
import type { z } from 'zod';

export const ${name}Variables = {
  ...subgraphVariables,
};

export type ${Name}Config = z.output<z.ZodObject<typeof ${name}Variables>>;
`,
    'context.ts': `/** What resolvers, rules and loaders of this subgraph get with every request. */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EventFeed } from '@chat/kit/events/event-feed';
import type { SubgraphContext } from '@chat/kit/graphql/context';
import type { Runtime } from '@chat/kit/graphql/runtime';
import { ${field}Loader, type ${type}Loader } from './${folder}/${file}.loader';

export interface ${Name}Loaders {
  ${field}: ${type}Loader;
}

export interface ${Name}Context extends SubgraphContext {
  loaders: ${Name}Loaders;
  /** Live streams of events. */
  feed: EventFeed;
}

/** For SchemaService: one context per request or event. */
export function contextFactory({ database, feed, log }: Runtime) {
  return (viewer: Viewer | null): ${Name}Context => {
    const em = database.fork();
    const loaders = { ${field}: ${field}Loader(() => em) };
    return { viewer, em, log, feed, loaders };
  };
}
`,
    'definition.ts': `/** The subgraph's part of the graph: its resolvers, its references and who may. */
import type { SubgraphDefinition } from '@chat/kit/graphql/build-schema';
import { mergePolicies } from '@chat/kit/graphql/policy';
import type { ${Name}Context } from './context';
import { ${field}Policy } from './${folder}/${file}.policy';
import { ${field}Reference } from './${folder}/${file}.reference';
import { ${type}Resolver } from './${folder}/${file}.resolver';

export const definition: SubgraphDefinition<${Name}Context> = {
  name: '${name}',
  resolvers: [${type}Resolver],
  references: { ${type}: ${field}Reference },
  policy: mergePolicies(${field}Policy),
};
`,
    [`create-${name}.ts`]: `/** Puts the ${name} subgraph together and starts what runs in its background. */
import { buildSubgraph } from '@chat/kit/graphql/build-schema';
import { openRuntime } from '@chat/kit/graphql/runtime';
import { SchemaService } from '@chat/kit/graphql/schema-service';
import type { Subgraph } from '@chat/kit/graphql/subgraph';
import type { ${Name}Config } from './config';
import { contextFactory } from './context';
import { definition } from './definition';
import { migrations } from './migrations';
import { ${type}Entity } from './${folder}/${file}.entity';

export async function create${Name}(config: ${Name}Config): Promise<Subgraph> {
  await using parts = new AsyncDisposableStack();
  const runtime = parts.use(
    await openRuntime(config, { name: definition.name, entities: [${type}Entity], migrations }),
  );
  const service = new SchemaService({
    schema: buildSubgraph(definition),
    viewerHeader: runtime.viewerHeader,
    health: () => runtime.health(),
    createContext: contextFactory(runtime),
    log: runtime.log,
  });
  const running = parts.move();
  return {
    name: definition.name,
    service,
    ready: () => runtime.database.ready(),
    health: () => runtime.health(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
`,
    'main.ts': `/** The ${name} subgraph as a process of its own. */
import { loadConfig } from '@chat/kit/config';
import { runSubgraph } from '@chat/kit/process/run-subgraph';
import { z } from 'zod';
import { ${name}Variables } from './config';
import { create${Name} } from './create-${name}';

runSubgraph(() => loadConfig(z.object(${name}Variables)), create${Name});
`,
    'index.ts': `/** The ${name} subgraph: what it is about, in a sentence. */
import { printSubgraphSdl } from '@chat/kit/graphql/build-schema';
import { definition } from './definition';

export { ${name}Variables, type ${Name}Config } from './config';
export { create${Name} } from './create-${name}';

/** The subgraph's SDL as it goes into composition. */
export const printSdl = (): string => printSubgraphSdl(definition);
`,
    'migrations/index.ts': `/** Every migration, in order. What has been released is never changed. */
import type { MigrationObject } from '@mikro-orm/core';
import { Events } from './001-events';
import { ${type}s } from './${names.migration}';

export const migrations: MigrationObject[] = [
  { name: '001-events', class: Events },
  { name: '${names.migration}', class: ${type}s },
];
`,
    'migrations/001-events.ts': `/** The rows of what others can watch. */
import { createEventTables } from '@chat/kit/events/event-log';
import { Migration } from '@mikro-orm/migrations';

export class Events extends Migration {
  override up(): void {
    for (const statement of createEventTables('${name}')) this.addSql(statement);
  }
}
`,
    ...featureFiles(names),
  };
  return {
    [`subgraphs/${name}/package.json`]: `${JSON.stringify(manifest, null, 2)}\n`,
    ...Object.fromEntries(Object.entries(source).map(([path, text]) => [`subgraphs/${name}/src/${path}`, text])),
    [`tests/suites/${name}.test.ts`]: `/** All tests of ${name}. */
import { runTogether } from './run-together';

runTogether('subgraphs/${name}/src/**/*.test.ts');
`,
  };
}

/** What the files above import. */
const PACKAGES = [
  '@chat/kit',
  '@mikro-orm/core',
  '@mikro-orm/decorators',
  '@mikro-orm/migrations',
  'dataloader',
  'type-graphql',
  'zod',
];

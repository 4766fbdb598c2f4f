/** A new subgraph with one feature: it starts, migrates itself, composes into the supergraph, and has a test. */
import { featureFiles } from './feature';
import { capitalized, featureNames } from './feature-names';

/** Text by path, from the root of the repository. @param versions of the packages that subgraphs use, by name. */
export function subgraphFiles(name: string, thing: string, versions: Record<string, string>): Record<string, string> {
  const names = featureNames(name, thing, 10);
  const { field, folder, file } = names;
  const Name = capitalized(name);
  const manifest = {
    name: `@chat/${name}`,
    version: '0.1.0',
    private: true,
    license: 'MIT',
    exports: { '.': { source: './src/index.ts', default: './dist/index.js' } },
    dependencies: Object.fromEntries(PACKAGES.map((dependency) => [dependency, versions[dependency]])),
  };
  const source: Record<string, string> = {
    'config.ts': `/** Environment variables of the ${name} subgraph, beyond those of every subgraph. */
import { subgraphVariables } from '@chat/kit/graphql/runtime';
import type { z } from 'zod';

export const ${name}Variables = {
  ...subgraphVariables,
};

export type ${Name}Config = z.output<z.ZodObject<typeof ${name}Variables>>;
`,
    'context.ts': `/** The context of a request or event: everything that resolvers, rules and loaders of this subgraph get. */
import type { FeatureContext } from '@chat/kit/graphql/context';
import type { LoadersOf, ServicesOf } from '@chat/kit/graphql/feature';
import type { features } from './features';

export interface ${Name}Context extends FeatureContext {
  services: ServicesOf<typeof features>;
  loaders: LoadersOf<typeof features>;
}
`,
    'definition.ts': `/** The subgraph's part of the graph, from its features. */
import { defineSubgraph } from '@chat/kit/graphql/feature-subgraph';
import { features } from './features';

export const definition = defineSubgraph('${name}', features);
`,
    'feature.ts': `/** The manifest of a ${name} feature, and the infrastructure that it may use. */
import type { Feature, FeatureShape } from '@chat/kit/graphql/feature';
import type { BaseParts } from '@chat/kit/graphql/feature-subgraph';
import type { ${Name}Config } from './config';

export type ${Name}Feature<Shape extends FeatureShape = object> = Feature<BaseParts<${Name}Config>, Shape>;
`,
    'features.ts': `/** All features of the ${name} subgraph. A feature comes after the features that it depends on. */
import { defineFeatures } from '@chat/kit/graphql/feature';
import { ${field}Feature } from './${folder}/${file}.feature';

export const features = defineFeatures(${field}Feature);
`,
    [`create-${name}.ts`]: `/** Puts the ${name} subgraph together. Its parts are in features.ts. */
import { unknownAccounts } from '@chat/identity-client/directory/directory';
import { createFeatureSubgraph } from '@chat/kit/graphql/feature-subgraph';
import type { Subgraph } from '@chat/kit/graphql/subgraph';
import { join } from 'node:path';
import type { ${Name}Config } from './config';
import type { ${Name}Context } from './context';
import { definition } from './definition';
import { features } from './features';

export const create${Name} = (config: ${Name}Config): Promise<Subgraph> =>
  createFeatureSubgraph<${Name}Config, typeof features, object, ${Name}Context>({
    definition,
    config,
    features,
    migrations: join(__dirname, 'migrations'),
    findDeletedAccounts: unknownAccounts,
    share: () => ({}),
    context: () => ({}),
  });
`,
    'main.ts': `/** The ${name} subgraph as a process of its own. */
import { loadConfig } from '@chat/kit/config';
import { runSubgraph } from '@chat/kit/process/run-subgraph';
import { z } from 'zod';
import { ${name}Variables } from './config';
import { create${Name} } from './create-${name}';

runSubgraph(() => loadConfig(z.object(${name}Variables)), create${Name});
`,
    'index.ts': `/** The ${name} subgraph. */
import { printSubgraphSdl } from '@chat/kit/graphql/build-schema';
import { definition } from './definition';

export { ${name}Variables, type ${Name}Config } from './config';
export { create${Name} } from './create-${name}';

/** The subgraph's SDL, as composition reads it. */
export const printSdl = (): string => printSubgraphSdl(definition);
`,
    'migrations/001-events.ts': `/** The tables of event streams. */
import { createEpochTable } from '@chat/kit/events/event-epoch';
import { createEventTables } from '@chat/kit/events/event-log';
import { Migration } from '@mikro-orm/migrations';

export class Events extends Migration {
  override up(): void {
    for (const statement of [...createEventTables('${name}'), ...createEpochTable('${name}')]) this.addSql(statement);
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

/** The packages that the files above import. */
const PACKAGES = [
  '@chat/identity-client',
  '@chat/kit',
  '@mikro-orm/core',
  '@mikro-orm/decorators',
  '@mikro-orm/migrations',
  'dataloader',
  'type-graphql',
  'zod',
];

/** A new feature: its files, and the list of features with it. Reads the subgraph's folder and writes nothing. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loader, policy, reference, rules } from './feature-access';
import { events, manifest, resolver, service } from './feature-behaviour';
import { entity, input, migration, type } from './feature-model';
import { featureNames, type FeatureNames } from './feature-names';
import { test } from './feature-test';

/** Text by path, from the subgraph's `src`. */
export function featureFiles(names: FeatureNames): Record<string, string> {
  const templates = {
    entity,
    type,
    input,
    rules,
    policy,
    loader,
    reference,
    service,
    events,
    resolver,
    feature: manifest,
    test,
  };
  const files = Object.entries(templates).map(([layer, template]) => [
    `${names.folder}/${names.file}.${layer}.ts`,
    template(names),
  ]);
  return {
    ...(Object.fromEntries(files) as Record<string, string>),
    [`migrations/${names.migration}.ts`]: migration(names),
  };
}

export interface NewFeature {
  names: FeatureNames;
  /** Text by path, from `src`. */
  files: Record<string, string>;
  /** The new text of `features.ts`. */
  features: string;
}

/** @param src the subgraph's folder. @throws if the name cannot be used, or if `features.ts` has another form. */
export function addFeature(subgraph: string, path: string, src: string): NewFeature {
  const names = featureNames(subgraph, path, nextMigration(readdirSync(join(src, 'migrations'))));
  const features = withFeature(readFileSync(join(src, 'features.ts'), 'utf8'), names);
  return { names, files: featureFiles(names), features };
}

/** The next multiple of ten, so that a migration can still be put between two others. */
function nextMigration(files: readonly string[]): number {
  const highest = Math.max(0, ...files.map((file) => parseInt(file, 10) || 0));
  return Math.floor(highest / 10) * 10 + 10;
}

/** Adds the import and the entry. The entry comes last: a feature may need those before it. */
function withFeature(text: string, { folder, file, field }: FeatureNames): string {
  const list = /defineFeatures\(([^]*?),?\s*\);/.exec(text);
  if (!list) throw new Error('features.ts has no call of defineFeatures: add the feature by hand.');
  const entries = [list[1]!.trim(), `${field}Feature`].filter(Boolean).join(', ');
  const imports = text.slice(0, list.index).match(/^import .*;$/gm) ?? [];
  const added = `import { ${field}Feature } from './${folder}/${file}.feature';`;
  const pathOf = (line: string) => /'(.*)'/.exec(line)![1]!;
  const next = imports.find((line) => pathOf(line).startsWith('.') && pathOf(line) > pathOf(added));
  const withEntry = text.replace(list[0], () => `defineFeatures(${entries});`);
  const anchor = next ?? imports.at(-1)!;
  return withEntry.replace(anchor, () => (next ? `${added}\n${anchor}` : `${anchor}\n${added}`));
}

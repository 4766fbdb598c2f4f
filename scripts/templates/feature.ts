/** The files of a new feature: a thing with an id and a name that can be read by id. Enough to compile, and each in its place. */

export interface FeatureNames {
  /** The subgraph: messaging. */
  subgraph: string;
  /** Its context type: MessagingContext. */
  context: string;
  /** The thing in file names: tool-call. */
  file: string;
  /** The thing as a class: ToolCall. */
  type: string;
  /** The thing as a field: toolCall. */
  field: string;
  /** The table: tool_calls. */
  table: string;
  /** The migration's file without its ending: 007-tool-calls. */
  migration: string;
}

/** What a thing called `file` (in the singular and kebab-case) is called everywhere; `number` is its migration's. */
export function featureNames(subgraph: string, file: string, number: number): FeatureNames {
  const type = file.split('-').map(capitalized).join('');
  return {
    subgraph,
    context: `${capitalized(subgraph)}Context`,
    file,
    type,
    field: type.charAt(0).toLowerCase() + type.slice(1),
    table: `${file.replaceAll('-', '_')}s`,
    migration: `${String(number).padStart(3, '0')}-${file}s`,
  };
}

export const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Text by path, from the subgraph's src/. */
export function featureFiles(names: FeatureNames): Record<string, string> {
  const { subgraph, context, file, type, field, table, migration } = names;
  const folder = `${file}s`;
  const words = file.replaceAll('-', ' ');
  const one = `${/^[aeiou]/.test(words) ? 'an' : 'a'} ${words}`;
  const Subgraph = capitalized(subgraph);
  return {
    [`${folder}/${file}.entity.ts`]: `/** ${capitalized(one)} as it is stored. Never sent to clients as a whole: see ${file}.type.ts. */
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

@Entity({ tableName: '${table}' })
export class ${type}Entity {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'text' })
  name!: string;

  @Property({ type: 'timestamptz' })
  createdAt!: Date;
}
`,
    [`${folder}/${file}.type.ts`]: `/** The ${words} as clients see it. Who may see which field is ${file}.policy.ts's to say. */
import { Directive, Field, ID, ObjectType } from 'type-graphql';

@Directive('@key(fields: "id")')
@ObjectType({ description: 'What ${one} is, in a sentence.' })
export class ${type} {
  @Field(() => ID, { description: 'Opaque and permanent (UUIDv7).' })
  id!: string;

  @Field({ description: 'The name that people read.' })
  name!: string;

  @Field({ description: 'When it was made.' })
  createdAt!: Date;
}
`,
    [`${folder}/${file}.policy.ts`]: `/** Who may see and change ${one}. What the viewer may not see is NOT_FOUND, like what does not exist. */
import { isLoggedIn, withParent, type Policy } from '@chat/kit/graphql/policy';

export const ${field}Policy: Policy = {
  fields: {
    Query: { ${field}: isLoggedIn },
    ${type}: withParent('id', 'name', 'createdAt'),
  },
  references: { ${type}: isLoggedIn },
};
`,
    [`${folder}/${file}.loader.ts`]: `/** Loads by id, many in one query per request. */
import type { EntityManager } from '@chat/kit/database/database';
import { isId } from '@chat/kit/ids';
import DataLoader from 'dataloader';
import { ${type}Entity } from './${file}.entity';

export type ${type}Loader = DataLoader<string, ${type}Entity | null>;

/** \`null\` for ids that do not exist, malformed ones included. */
export function ${field}Loader(em: () => EntityManager): ${type}Loader {
  return new DataLoader(async (ids) => {
    const found = await em().find(${type}Entity, { id: { $in: ids.filter(isId) } });
    const byId = new Map(found.map((entity) => [entity.id, entity]));
    return ids.map((id) => byId.get(id) ?? null);
  });
}
`,
    [`${folder}/${file}.reference.ts`]: `/** Other subgraphs refer to ${one} by id. Its policy has been asked before. */
import type { ${context} } from '../context';

export const ${field}Reference = ({ id }: { id: string }, { loaders }: ${context}) => loaders.${field}.load(id);
`,
    [`${folder}/${file}.resolver.ts`]: `/** The ${words} in the graph: thin, without SQL and without permissions. */
import { notFound } from '@chat/kit/errors';
import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import type { ${context} } from '../context';
import type { ${type}Entity } from './${file}.entity';
import { ${type} } from './${file}.type';

@Resolver(() => ${type})
export class ${type}Resolver {
  @Query(() => ${type}, { nullable: true, description: 'One of them. NOT_FOUND where the viewer may not see it.' })
  async ${field}(
    @Ctx() { loaders }: ${context},
    @Arg('id', () => ID, { description: 'Which one.' }) id: string,
  ): Promise<${type}Entity> {
    const found = await loaders.${field}.load(id);
    if (!found) throw notFound('${type}');
    return found;
  }
}
`,
    [`${folder}/${file}.test.ts`]: `/** ${capitalized(one)} through the API: what is allowed and what is refused, in one set-up. */
import { newId } from '@chat/kit/ids';
import { type Person, startTestSubgraph } from '@chat/kit/testing/test-subgraph';
import { ${subgraph}Variables } from '../config';
import { create${Subgraph} } from '../create-${subgraph}';

const started = new AsyncDisposableStack();
let ada: Person;
beforeAll(async () => {
  const ${subgraph} = started.use(await startTestSubgraph('${subgraph}', ${subgraph}Variables, create${Subgraph}));
  ada = ${subgraph}.person();
});
afterAll(() => started.disposeAsync());

test('what does not exist is NOT_FOUND', async () => {
  const { code } = await ada.isRefused('query ($id: ID!) { ${field}(id: $id) { name } }', { id: newId() });
  expect(code).toBe('NOT_FOUND');
});
`,
    [`migrations/${migration}.ts`]: `/** Adds ${table}. */
import { Migration } from '@mikro-orm/migrations';

export class ${type}s extends Migration {
  override up(): void {
    this.addSql(\`create table ${subgraph}.${table} (
      id uuid primary key,
      name text not null,
      created_at timestamptz not null
    )\`);
  }
}
`,
  };
}

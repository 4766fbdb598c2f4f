/** Templates of a feature's access: pure rules, policy, loader and reference. */
import type { FeatureNames } from './feature-names';

export const rules = ({
  type,
  file,
  field,
  words,
  plural,
}: FeatureNames) => `/** Access to ${plural} as pure questions about an account. Holds neither GraphQL nor SQL; ${file}.policy.ts applies the rules. */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { ${type}Entity } from './${file}.entity';

/** Its creator and administrators see a ${words}. To everybody else it does not exist. */
export const canSee = (viewer: Viewer | null, ${field}: ${type}Entity): boolean =>
  viewer !== null && (viewer.id === ${field}.createdBy || viewer.permissions.includes('MANAGE'));

export const canCreate = (viewer: Viewer | null): boolean => viewer?.permissions.includes('WRITE') ?? false;

/** Only its creator changes a ${words}. */
export const canUpdate = (viewer: Viewer | null, ${field}: ${type}Entity): boolean =>
  canCreate(viewer) && viewer?.id === ${field}.createdBy;
`;

export const policy = ({
  type,
  types,
  file,
  field,
  fields,
  words,
  plural,
  Subgraph,
  up,
}: FeatureNames) => `/** Access to ${plural}. A ${words} that the viewer may not see is NOT_FOUND, the same as one that does not exist. */
import { forbidden, notFound } from '@chat/kit/errors';
import { isLoggedIn, rule, withParent, type Policy } from '@chat/kit/graphql/policy';
import type { ${Subgraph}Context } from '${up}/context';
import type { ${type}Entity } from './${file}.entity';
import { canCreate, canUpdate } from './${file}.rules';

/** The arguments that name a ${words}. */
interface ${type}Arguments {
  id?: string;
  input?: { id?: string };
}

type Check = (context: ${Subgraph}Context, ${field}: ${type}Entity) => true | string;

/** A rule about one ${words}: NOT_FOUND comes first, then \`check\`, which answers true or the reason for FORBIDDEN. */
const ${field}Rule = (name: string, check: Check) =>
  rule<${Subgraph}Context, ${type}Arguments, { id?: string } | undefined>(name, async (context, { id, input }, parent) => {
    const found = await context.loaders.${field}.access${type}(id ?? input?.id ?? parent?.id ?? '');
    if (!found) return notFound('${type}');
    const verdict = check(context, found);
    return verdict === true || forbidden(verdict);
  });

const creates${types} = rule<${Subgraph}Context>('may create ${plural}', ({ viewer }) => canCreate(viewer));

const sees${type} = ${field}Rule('sees the ${words}', () => true);

const updates${type} = ${field}Rule(
  'may change the ${words}',
  ({ viewer }, ${field}) => canUpdate(viewer, ${field}) || 'Only its creator changes a ${words}.',
);

export const ${field}Policy: Policy = {
  fields: {
    Query: { ${field}: sees${type}, ${fields}: isLoggedIn },
    Mutation: { create${type}: creates${types}, update${type}: updates${type} },
    Subscription: { ${field}Changed: sees${type} },
    ${type}: withParent('id', 'name', 'createdAt'),
    ${type}Change: withParent('cursor', '${field}'),
  },
  references: { ${type}: sees${type} },
};
`;

export const loader = ({ type, file, field, words, plural }: FeatureNames) =>
  `/** Loads ${plural} by id for one viewer, many in one query. There is no other way to load one that the viewer might not see. */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { isId } from '@chat/kit/ids';
import DataLoader from 'dataloader';
import { ${type}Entity } from './${file}.entity';
import { canSee } from './${file}.rules';

export class ${type}Loader {
  private readonly byId: DataLoader<string, ${type}Entity | null>;

  constructor(
    em: () => EntityManager,
    private readonly viewer: Viewer | null,
  ) {
    this.byId = new DataLoader(async (ids) => {
      const found = await em().find(${type}Entity, { id: { $in: [...ids] } });
      const byId = new Map(found.map((${field}) => [${field}.id, ${field}]));
      return ids.map((id) => byId.get(id) ?? null);
    });
  }

  /** \`null\` if the ${words} does not exist, if its id is malformed, or if the viewer may not see it. */
  async access${type}(id: string): Promise<${type}Entity | null> {
    const ${field} = isId(id) ? await this.byId.load(id.toLowerCase()) : null;
    return ${field} && canSee(this.viewer, ${field}) ? ${field} : null;
  }

  /** As {@link access${type}}, after a policy has passed. @throws NOT_FOUND instead of null. */
  async require${type}(id: string): Promise<${type}Entity> {
    const ${field} = await this.access${type}(id);
    if (!${field}) throw notFound('${type}');
    return ${field};
  }

  /** Forgets a row that has changed. */
  clear(id: string): void {
    this.byId.clear(id.toLowerCase());
  }
}
`.replace('import { isId }', "import { notFound } from '@chat/kit/errors';\nimport { isId }");

export const reference = ({
  type,
  field,
  plural,
  Subgraph,
  up,
}: FeatureNames) => `/** Resolves references of other subgraphs to ${plural}. The policy has been applied before. */
import type { ${Subgraph}Context } from '${up}/context';

export const ${field}Reference = ({ id }: { id: string }, { loaders }: ${Subgraph}Context) =>
  loaders.${field}.access${type}(id);
`;

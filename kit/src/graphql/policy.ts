/**
 * Authorisation: graphql-shield rules, written in `*.policy.ts`, one tree per subgraph, denied by default.
 * A schema that has a field or reference without a rule does not build. Every mutation demands WRITE of an API key, unless its
 * policy exempts it by name and gives the reason.
 */
import './shield-on-node-24';
import { type GraphQLSchema, isIntrospectionType, isObjectType } from 'graphql';
import { allow, chain, not, rule as shieldRule } from 'graphql-shield';
import type { IRules } from 'graphql-shield';
import type { Viewer } from '../auth/viewer';
import type { SubgraphContext } from './context';
import { isMarked } from './viewer-dependence';

// One after the other: shield's own `and` asks all and lets an error of a later rule (NOT_FOUND) hide that nobody is logged in.
export { allow, chain as and, deny, not, or, race } from 'graphql-shield';

/** A rule, or a combination of rules by `and`, `or`, `not`, `race`. */
export type ShieldRule = Parameters<typeof not>[0];

/** Rules by type and field, and by the name of an entity that other subgraphs refer to. */
export interface Policy {
  fields: Record<string, Record<string, ShieldRule>>;
  references: Record<string, ShieldRule>;
  /** Mutations that an API key may run without WRITE, by name, each with the reason. Their own rule is all that decides. */
  withoutWrite?: Record<string, string>;
}

/**
 * A rule. `check` answers true (may), false (FORBIDDEN, or UNAUTHENTICATED for nobody) or an error to give instead
 * (NOT_FOUND for objects that the viewer may not even see). Name it as the rest of the sentence "allowed if the viewer …".
 * `parent` is the object that the field is on; for a reference it is the reference itself.
 */
export function rule<Context extends SubgraphContext, Args = Record<string, unknown>, Parent = unknown>(
  name: string,
  check: (context: Context, args: Args, parent: Parent) => boolean | Error | Promise<boolean | Error>,
): ShieldRule {
  return shieldRule(name, { cache: 'no_cache' })((parent: Parent, args: Args, context: Context) =>
    check(context, args, parent),
  );
}

/** Fields that every viewer of the object may see. */
export const withParent = (...fields: string[]): Record<string, ShieldRule> =>
  Object.fromEntries(fields.map((field) => [field, allow]));

/**
 * For a root field by which a client gets a valid token, such as a login. Its SDL carries `@needsNoViewer`, so an invalid token does not
 * refuse the operation. Other public fields have {@link allow}: their clients must learn that the token is invalid. A mutation also
 * needs its exemption in {@link Policy.withoutWrite}.
 */
export const needsNoViewer: ShieldRule = shieldRule('needs no viewer', { cache: 'no_cache' })(() => true);

/** Allowed if the viewer is logged in, as guest or as more. */
export const isLoggedIn = rule('is logged in', (context) => context.viewer !== null);

/** Whether the scope of an API key, if there is one, has WRITE. */
export const hasWriteScope = ({ scope }: Viewer): boolean => !scope || scope.includes('WRITE');

/** Limits API keys only: without one, the rules of each mutation decide. */
const mayWriteByKey = rule(
  'is logged in, with WRITE in the scope if by an API key',
  ({ viewer }) => viewer !== null && hasWriteScope(viewer),
);

/** Merges the policies of a subgraph's features. @throws if two of them decide about the same field. */
export function mergePolicies(...policies: Policy[]): Policy {
  const withoutWrite: Record<string, string> = {};
  const merged: Policy = { fields: {}, references: {}, withoutWrite };
  for (const { fields, references, withoutWrite: exemptions } of policies) {
    for (const [mutation, reason] of Object.entries(exemptions ?? {})) {
      if (withoutWrite[mutation]) throw new Error(`Two policies exempt ${mutation} from WRITE.`);
      withoutWrite[mutation] = reason;
    }
    for (const [type, rules] of Object.entries(fields)) {
      const known = (merged.fields[type] ??= {});
      for (const [field, fieldRule] of Object.entries(rules)) {
        if (known[field]) throw new Error(`Two policies decide about ${type}.${field}.`);
        known[field] = fieldRule;
      }
    }
    for (const [type, referenceRule] of Object.entries(references)) {
      if (merged.references[type]) throw new Error(`Two policies decide about references to ${type}.`);
      merged.references[type] = referenceRule;
    }
  }
  return merged;
}

/** Relay's connection types hold nothing of their own, so every reader of the list may have them. */
const isPlumbing = (typeName: string) => /(Connection|Edge)$|^PageInfo$/.test(typeName);

/** Federation's own fields; the gateway keeps clients from them, and each reference has a rule of its own. */
const isFederation = (coordinate: string) => ['Query._entities', 'Query._service', '_Service.sdl'].includes(coordinate);

/**
 * Whether viewers of the same object may differ in their permission to see one of its fields. Subscribers share what they
 * are given unless a field is marked, so such a field has to be.
 */
const isForSome = (fieldRule: ShieldRule): boolean => fieldRule !== allow && fieldRule !== isLoggedIn;

/** Adds the demand for WRITE to every mutation that is not exempt. @throws if an exemption names no mutation or gives no reason. */
function demandWrite(rules: Record<string, ShieldRule>, exemptions: Record<string, string> = {}): void {
  for (const [mutation, reason] of Object.entries(exemptions)) {
    if (!rules[mutation]) throw new Error(`A policy exempts ${mutation} from WRITE, which is no mutation.`);
    if (reason.trim() === '') throw new Error(`A policy exempts ${mutation} from WRITE without a reason.`);
  }
  for (const [mutation, mutationRule] of Object.entries(rules))
    if (!exemptions[mutation]) rules[mutation] = chain(mayWriteByKey, mutationRule);
}

/** The tree for graphql-shield. @throws naming every field that has no rule, or a rule about the viewer and no mark that says so. */
export function completeRules(schema: GraphQLSchema, policy: Policy): IRules {
  const tree: Record<string, Record<string, ShieldRule>> = {};
  const missing: string[] = [];
  const unmarked: string[] = [];
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type)) continue;
    const rules = (tree[type.name] = { ...policy.fields[type.name] });
    for (const [name, fieldRule] of Object.entries(rules)) {
      const field = type.getFields()[name];
      if (!field) throw new Error(`A policy decides about ${type.name}.${name}, which does not exist.`);
      if (!roots.includes(type) && isForSome(fieldRule) && !isMarked(field)) unmarked.push(`${type.name}.${name}`);
    }
    for (const field of Object.keys(type.getFields())) {
      const coordinate = `${type.name}.${field}`;
      if (rules[field]) continue;
      if (isPlumbing(type.name) || isFederation(coordinate)) rules[field] = allow;
      else missing.push(coordinate);
    }
  }
  demandWrite(tree[schema.getMutationType()?.name ?? ''] ?? {}, policy.withoutWrite);
  if (missing.length > 0)
    throw new Error(`These fields have no policy: ${missing.join(', ')}. Add them to the feature's *.policy.ts.`);
  if (unmarked.length > 0)
    throw new Error(`Not everybody may see ${unmarked.join(', ')}: mark it by @Directive(VIEWER_DEPENDENT).`);
  return tree;
}

/** `@skip` and `@include`: their variables, and the operation that remains when the variables have values. */
import {
  Kind,
  visit,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** Coerced variables. */
export type Conditions = Readonly<Record<string, unknown>>;

/** Sorted names of the variables in an operation's conditions. */
export function conditionVariables(
  operation: OperationDefinitionNode,
  fragments: Readonly<Record<string, FragmentDefinitionNode>>,
): readonly string[] {
  const names = new Set<string>();
  for (const root of [operation, ...Object.values(fragments)]) {
    visit(root, {
      Directive({ name, arguments: args }) {
        if (name.value !== 'skip' && name.value !== 'include') return;
        for (const { value } of args ?? []) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
      },
    });
  }
  return [...names].sort();
}

/** Whether a selection is included according to its `@skip` and `@include`. */
export function isIncluded(selection: SelectionNode, variables: Conditions): boolean {
  for (const { name, arguments: args } of selection.directives ?? []) {
    if (name.value !== 'skip' && name.value !== 'include') continue;
    const value = args?.[0]?.value;
    const holds =
      value?.kind === Kind.VARIABLE
        ? variables[value.name.value] === true
        : value?.kind === Kind.BOOLEAN && value.value;
    if (holds === (name.value === 'skip')) return false;
  }
  return true;
}

/** The document without its conditions. If `variables` is absent, all selections are included. */
export function withoutConditions(document: DocumentNode, variables?: Conditions): DocumentNode {
  const resolve = ({ selections, ...node }: SelectionSetNode): SelectionSetNode => {
    const kept = selections.filter((selection) => !variables || isIncluded(selection, variables));
    const resolved = kept.map((selection): SelectionNode => {
      const directives = selection.directives?.filter(({ name }) => name.value !== 'skip' && name.value !== 'include');
      if (selection.kind === Kind.FRAGMENT_SPREAD || !selection.selectionSet) return { ...selection, directives };
      return { ...selection, directives, selectionSet: resolve(selection.selectionSet) };
    });
    return { ...node, selections: resolved.length > 0 ? resolved : [TYPENAME] };
  };
  return {
    ...document,
    definitions: document.definitions.map((definition) =>
      'selectionSet' in definition ? { ...definition, selectionSet: resolve(definition.selectionSet) } : definition,
    ),
  };
}

/** Replaces an empty selection. */
const TYPENAME: SelectionNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/** An operation with n conditions has 2^n combinations, but clients use few of them. */
const MAX_VARIANTS = 64;

/** Holds one value for each combination of an operation's conditions, created on first use. */
export class ConditionVariants<Value> {
  private readonly variants = new Map<string, Value>();
  private sole?: Value;

  /** `names` are those of {@link conditionVariables}. */
  constructor(
    private readonly names: readonly string[],
    private readonly make: (conditions: Conditions, key: string) => Value,
  ) {}

  /** `variables` must be coerced. @throws if `make` throws */
  for(variables: Conditions): Value {
    if (this.names.length === 0) return (this.sole ??= this.make({}, ''));
    const key = this.keyOf(variables);
    let variant = this.variants.get(key);
    if (variant === undefined) {
      if (this.variants.size >= MAX_VARIANTS) this.variants.clear();
      variant = this.make(...this.variant(variables));
      this.variants.set(key, variant);
    }
    return variant;
  }

  /** Whether the value for these variables exists. */
  has(variables: Conditions): boolean {
    return this.names.length === 0 ? this.sole !== undefined : this.variants.has(this.keyOf(variables));
  }

  /** The arguments of `make` for these variables. */
  variant(variables: Conditions): [conditions: Conditions, key: string] {
    return [Object.fromEntries(this.names.map((name) => [name, variables[name]])), this.keyOf(variables)];
  }

  private keyOf(variables: Conditions): string {
    let key = '';
    for (const name of this.names) key += variables[name] === true ? '1' : '0';
    return key;
  }
}

/**
 * Rewrites the supergraph for planning: each required field with arguments (`@requires(fields: "price(currency: \"USD\")")`)
 * becomes a stand-in without arguments. The planner distinguishes fields by name only, so it would mix up the same field with
 * different arguments. `repair-plan` puts the real fields back into plans. Operations are not handled here.
 */
import {
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  print,
  stripIgnoredCharacters,
  type ArgumentNode,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import { graphNames, joinOf, mapOwners, selectionOf, type FieldsOwner, type Join } from './join-directives';

/** The real field behind a stand-in. */
export interface StandIn {
  name: string;
  arguments: readonly ArgumentNode[];
}

export interface RequiringField {
  typeName: string;
  fieldName: string;
}

export interface RequiredFields {
  /** The rewritten supergraph; undefined if nothing had to change. */
  document?: DocumentNode;
  /** Name in plans → the real field. */
  standIns: ReadonlyMap<string, StandIn>;
  /** Names of interface objects: a subgraph knows the interface but not its implementations. */
  interfaceObjects: ReadonlySet<string>;
  /** The selection that a subgraph's field requires, in the names of plans; undefined if it requires nothing. */
  requirementOf(subgraph: string, typeName: string, fieldName: string): SelectionSetNode | undefined;
  /** The fields that require others. */
  readonly requiring: readonly RequiringField[];
}

/** `schema` must be built from `document`. */
export function plannedSupergraph(document: DocumentNode, schema: GraphQLSchema): RequiredFields {
  const standIns = new Map<string, StandIn>();
  const known = new Map<string, string>();
  /** Type → the names of its stand-ins. */
  const additions = new Map<string, Set<string>>();
  const requirements = new Map<string, SelectionSetNode>();
  const requiring: RequiringField[] = [];
  const graphs = graphNames(document);
  let hasNeedlessKeys = false;
  const interfaceObjects = new Set<string>();

  const nameOf = (field: FieldNode): string => {
    const text = stripIgnoredCharacters(print({ ...field, alias: undefined, selectionSet: undefined }));
    let name = known.get(text);
    if (!name) {
      name = `${field.name.value}__required_${known.size + 1}`;
      known.set(text, name);
      standIns.set(name, { name: field.name.value, arguments: field.arguments ?? [] });
    }
    return name;
  };
  const add = (type: GraphQLNamedType, name: string): void => {
    const owners = isInterfaceType(type) ? [type, ...schema.getImplementations(type).interfaces] : [type];
    const all = isInterfaceType(type) ? [...owners, ...schema.getImplementations(type).objects] : owners;
    for (const owner of all) {
      const names = additions.get(owner.name) ?? new Set();
      additions.set(owner.name, names.add(name));
    }
  };
  const replace = (type: GraphQLNamedType | undefined, selectionSet: SelectionSetNode): SelectionSetNode => ({
    ...selectionSet,
    selections: selectionSet.selections.map((selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return selection;
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const condition = selection.typeCondition?.name.value;
        return {
          ...selection,
          selectionSet: replace(condition ? schema.getType(condition) : type, selection.selectionSet),
        };
      }
      const isOwner = isObjectType(type) || isInterfaceType(type);
      const field = isOwner ? type.getFields()[selection.name.value] : undefined;
      const inner = selection.selectionSet && replace(field && getNamedType(field.type), selection.selectionSet);
      if (!field || !selection.arguments?.length) return { ...selection, selectionSet: inner };
      const value = nameOf(selection);
      add(type!, value);
      return { ...selection, name: { kind: Kind.NAME, value }, arguments: [], selectionSet: inner };
    }),
  });
  const withStandInsRequired = (type: FieldsOwner, field: FieldDefinitionNode): FieldDefinitionNode => ({
    ...field,
    directives: field.directives?.map((directive) => {
      if (directive.name.value !== 'join__field') return directive;
      const { graph, requires } = joinOf(directive);
      if (!requires || !graph) return directive;
      const selectionSet = replace(schema.getType(type.name.value), selectionOf(requires));
      requirements.set(`${graphs.get(graph)} ${type.name.value}.${field.name.value}`, selectionSet);
      requiring.push({ typeName: type.name.value, fieldName: field.name.value });
      return withArgument(directive, 'requires', print(selectionSet).replace(/^\{|\}$/g, ''));
    }),
  });

  const replaced = mapOwners(document, (type) => {
    const directives = withoutNeedlessKeys(type);
    if (type.directives?.some((directive) => joinOf(directive).isInterfaceObject))
      interfaceObjects.add(type.name.value);
    hasNeedlessKeys ||= directives.length < (type.directives?.length ?? 0);
    return { ...type, directives, fields: type.fields?.map((field) => withStandInsRequired(type, field)) };
  });
  const planned = mapOwners(replaced, (type) => {
    const names = [...(additions.get(type.name.value) ?? [])];
    const fields = names.flatMap((name) => {
      const real = type.fields?.find((field) => field.name.value === standIns.get(name)!.name);
      if (!real) return [];
      for (const graph of graphs.values()) {
        const required = requirements.get(`${graph} ${type.name.value}.${real.name.value}`);
        if (required) requirements.set(`${graph} ${type.name.value}.${name}`, required);
      }
      const joins = real.directives?.filter((directive) => directive.name.value === 'join__field');
      return { ...real, name: { kind: Kind.NAME, value: name } as const, arguments: [], directives: joins };
    });
    return { ...type, fields: [...(type.fields ?? []), ...fields] };
  });
  return {
    document: hasNeedlessKeys || standIns.size > 0 ? planned : undefined,
    standIns,
    interfaceObjects,
    requirementOf: (subgraph, typeName, fieldName) => requirements.get(`${subgraph} ${typeName}.${fieldName}`),
    requiring,
  };
}

/**
 * Leaves out keys by which a subgraph cannot be asked where it can be asked by others: the planner takes any key of the
 * subgraph to go back to it after it has fetched a required field.
 */
function withoutNeedlessKeys({ directives = [] }: FieldsOwner): ConstDirectiveNode[] {
  const joins = directives.filter(({ name }) => name.value === 'join__type').map(joinOf);
  const resolvable = new Set(joins.filter(isResolvableKey).map(({ graph }) => graph));
  return directives.filter((directive) => {
    if (directive.name.value !== 'join__type') return true;
    const join = joinOf(directive);
    return join.key === undefined || isResolvableKey(join) || !resolvable.has(join.graph);
  });
}

function isResolvableKey({ key, resolvable }: Join): boolean {
  return key !== undefined && resolvable !== false;
}

function withArgument(directive: ConstDirectiveNode, name: string, value: string): ConstDirectiveNode {
  return {
    ...directive,
    arguments: directive.arguments?.map((argument) =>
      argument.name.value === name ? { ...argument, value: { kind: Kind.STRING, value } } : argument,
    ),
  };
}

/** Builds the deduplicated entity representations of one fetch. */
import type { QueryPlanSelectionNode } from '@apollo/query-planner';
import { isObjectType, type GraphQLNamedType, type GraphQLSchema } from 'graphql';
import { ABSENT, isLost, type LostValue } from './lost-values';
import { isTypeOrSubType, type DataObject } from './rewrite-path';
import { typeOf } from './subgraph-query';

interface RequiredField {
  /** Its name in the data. */
  key: string;
  /** Its name in the representation. */
  name: string;
  selection?: Selection;
  /** Replaces a missing value: the type name, if only one type is possible and it was not selected. */
  fallback?: string;
}

/** The required fields of one object type, in groups. If a field of a group is missing, the whole group is skipped. */
type Groups = readonly (readonly RequiredField[])[];

/** The required fields of a selection, by type. */
class Selection {
  private readonly byType = new Map<unknown, Groups>();
  private readonly own: readonly RequiredField[];

  /** `type` is the type of the objects, if the schema determines it. */
  constructor(
    private readonly nodes: readonly QueryPlanSelectionNode[],
    private readonly schema: GraphQLSchema,
    private readonly type?: GraphQLNamedType,
  ) {
    this.own = nodes.flatMap((node) => {
      if (node.kind !== 'Field') return [];
      const key = node.alias ?? node.name;
      const { name } = node;
      if (name === '__typename') return { key, name, fallback: isObjectType(type) ? type.name : undefined };
      return { key, name, selection: node.selections && new Selection(node.selections, schema, typeOf(type, name)) };
    });
  }

  /** @returns the reason if a field that every type requires is missing */
  project(source: unknown): unknown {
    if (Array.isArray(source)) {
      const items = source.map((item) => this.project(item));
      return items.find(isLost) ?? items;
    }
    if (typeof source !== 'object' || source === null) return source;
    const result: DataObject = {};
    const missing = projectFields(this.own, source as DataObject, result);
    if (missing) return missing;
    for (const group of this.groupsFor((source as DataObject).__typename ?? this.type?.name)) {
      const part: DataObject = {};
      const lacking = projectFields(group, source as DataObject, part);
      if (lacking && lacking !== ABSENT) return lacking;
      if (!lacking) mergeRequired(result, part);
    }
    return result;
  }

  /** The fields, if a representation has only leaves of one group; otherwise undefined. */
  flatFieldsFor(typeName: unknown): readonly RequiredField[] | undefined {
    if (this.own.length > 0) return undefined;
    const groups = this.groupsFor(typeName ?? this.type?.name);
    const [only] = groups;
    return groups.length === 1 && only!.every((field) => !field.selection) ? only : undefined;
  }

  private groupsFor(typeName: unknown): Groups {
    const known = this.byType.get(typeName);
    if (known) return known;
    const groups = this.nodes.flatMap((node) => {
      if (node.kind !== 'InlineFragment' || !node.typeCondition) return [];
      if (!isTypeOrSubType(this.schema, node.typeCondition, typeName)) return [];
      const inner = new Selection(node.selections, this.schema, this.schema.getType(node.typeCondition));
      return [inner.own, ...inner.groupsFor(typeName)].filter((group) => group.length > 0);
    });
    this.byType.set(typeName, groups);
    return groups;
  }
}

/** @returns the reason for a missing field, or undefined if there is none */
function projectFields(fields: readonly RequiredField[], source: DataObject, into: DataObject): LostValue | undefined {
  for (const { key, name, selection, fallback } of fields) {
    const given = source[key];
    const value = given === undefined ? fallback : given;
    if (value === undefined) return ABSENT;
    const projected = selection ? selection.project(value) : value;
    if (isLost(projected)) return projected;
    into[name] = projected;
  }
  return undefined;
}

function mergeRequired(into: DataObject, part: DataObject): void {
  for (const key in part) {
    const value = part[key];
    const existing = into[key];
    const areObjects = typeof existing === 'object' && existing && typeof value === 'object' && value;
    if (areObjects && !Array.isArray(value)) mergeRequired(existing as DataObject, value as DataObject);
    else into[key] = value;
  }
}

/** The arguments of `_entities` and the targets of each result. */
export interface Batch {
  representations: DataObject[];
  /** The target objects of each representation, at least one. */
  waiting: DataObject[][];
  /** Entities without a representation, each with the reason. */
  left: { entity: DataObject; reason: LostValue }[];
}

/** The fields of a type's flat representations. */
interface FlatFields {
  all: readonly RequiredField[];
  /** The only field besides `__typename`; absent if there are more. */
  single?: string;
}

/** Key of the entities that are deduplicated by the JSON of their representation instead of by one value. */
const BY_TEXT = Symbol('by text');

/** Type or {@link BY_TEXT} → identity → its entities. */
type Waiting = Map<unknown, Map<unknown, DataObject[]>>;

function groupIn(known: Waiting, name: unknown): Map<unknown, DataObject[]> {
  let group = known.get(name);
  if (!group) known.set(name, (group = new Map<unknown, DataObject[]>()));
  return group;
}

/** Compiled from a fetch's `requires` once for all requests. */
export class Representations {
  private readonly selection: Selection;
  /** By type; null if a representation is not flat. */
  private readonly flat = new Map<unknown, FlatFields | null>();

  constructor(requires: readonly QueryPlanSelectionNode[], schema: GraphQLSchema) {
    this.selection = new Selection(requires, schema, soleType(requires, schema));
  }

  /**
   * Builds one representation for each distinct entity. If an entity lacks a required field, it is skipped.
   */
  collect(entities: readonly DataObject[], rewrite: (representation: DataObject) => void): Batch {
    const batch: Batch = { representations: [], waiting: [], left: [] };
    const known: Waiting = new Map();
    let typeName: unknown;
    let flat: FlatFields | undefined;
    let ofType: Map<unknown, DataObject[]> | undefined;
    for (const entity of entities) {
      if (!ofType || entity.__typename !== typeName) {
        typeName = entity.__typename;
        flat = this.flatFieldsFor(typeName);
        ofType = groupIn(known, typeName);
      }
      const value = flat?.single && entity[flat.single];
      // Serialising each entity costs more than all other steps, and most entities have a single key field.
      const isSingle = typeof value === 'string' || typeof value === 'number';
      const representation = isSingle ? undefined : this.represent(entity, flat);
      if (isLost(representation)) {
        batch.left.push({ entity, reason: representation });
        continue;
      }
      const group = isSingle ? ofType : groupIn(known, BY_TEXT);
      const identity = isSingle ? value : JSON.stringify(representation);
      const waiting = group.get(identity);
      if (waiting) {
        waiting.push(entity);
        continue;
      }
      const alone = [entity];
      group.set(identity, alone);
      batch.waiting.push(alone);
      const fresh = representation ?? (pick(flat!.all, entity) as DataObject);
      rewrite(fresh);
      batch.representations.push(fresh);
    }
    return batch;
  }

  private represent(entity: DataObject, flat: FlatFields | undefined): DataObject | LostValue {
    if (flat) return pick(flat.all, entity);
    const representation = this.selection.project(entity) as DataObject | LostValue;
    return isLost(representation) || representation.__typename ? representation : ABSENT;
  }

  private flatFieldsFor(typeName: unknown): FlatFields | undefined {
    const known = this.flat.get(typeName);
    if (known !== undefined) return known ?? undefined;
    const all = this.selection.flatFieldsFor(typeName);
    const others = all?.filter(({ key }) => key !== '__typename') ?? [];
    const flat =
      all && others.length < all.length ? { all, single: others.length === 1 ? others[0]!.key : undefined } : null;
    this.flat.set(typeName, flat);
    return flat ?? undefined;
  }
}

/** The type of all `requires`, if it is a single object type. */
function soleType(requires: readonly QueryPlanSelectionNode[], schema: GraphQLSchema): GraphQLNamedType | undefined {
  const names = new Set(requires.map((node) => (node.kind === 'InlineFragment' ? node.typeCondition : undefined)));
  const [name] = names;
  const type = name && schema.getType(name);
  return names.size === 1 && isObjectType(type) ? type : undefined;
}

function pick(fields: readonly RequiredField[], source: DataObject): DataObject | LostValue {
  const result: DataObject = {};
  return projectFields(fields, source, result) ?? result;
}

/** Builds entity representations for one fetch, each distinct one once. */
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
  /** What stands for a value that is missing: the name of the only type that an object can have here, where it was not asked for. */
  fallback?: string;
}

/** The required fields of one object type, in groups: a group with a missing field counts as not required. */
type Groups = readonly (readonly RequiredField[])[];

/** What an object of any type must bring along. */
class Selection {
  private readonly byType = new Map<unknown, Groups>();
  private readonly own: readonly RequiredField[];

  /** `type`: of the objects, as far as the schema knows it. */
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

  /** @returns why there is no value if a field is missing that every type requires */
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

  /** The fields of a representation that consists of nothing but leaves of one group; else undefined. */
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

/** @returns undefined if all fields are there, else why one is not */
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

/** What a fetch asks `_entities` about, and who waits for each answer. */
export interface Batch {
  representations: DataObject[];
  /** For each representation the objects that it stands for; at least one. */
  waiting: DataObject[][];
  /** Entities that cannot be asked about, each with the reason. */
  left: { entity: DataObject; reason: LostValue }[];
}

/** The fields of a type's representations that are nothing but leaves. */
interface FlatFields {
  all: readonly RequiredField[];
  /** The only one besides `__typename`; absent where there are more. */
  single?: string;
}

/** Where entities are told apart by the text of their whole representation, and not by one value among those of their type. */
const BY_TEXT = Symbol('by text');

/** By type or {@link BY_TEXT}, the entities of each identity. */
type Waiting = Map<unknown, Map<unknown, DataObject[]>>;

function groupIn(known: Waiting, name: unknown): Map<unknown, DataObject[]> {
  let group = known.get(name);
  if (!group) known.set(name, (group = new Map<unknown, DataObject[]>()));
  return group;
}

/** Compiled from a fetch's `requires`; the same for every request. */
export class Representations {
  private readonly selection: Selection;
  /** By type; null where a representation is not flat. */
  private readonly flat = new Map<unknown, FlatFields | null>();

  constructor(requires: readonly QueryPlanSelectionNode[], schema: GraphQLSchema) {
    this.selection = new Selection(requires, schema, soleType(requires, schema));
  }

  /**
   * One representation for each distinct entity among `entities`. Those that lack a required field are left out.
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
      // Making a text of each entity costs more than everything else here, and most have one key of one value.
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

/** The type that all `requires` are for, where that is a single type of object. */
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

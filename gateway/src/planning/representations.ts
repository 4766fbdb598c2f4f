/** Builds entity representations for one fetch, each distinct one once. */
import type { QueryPlanSelectionNode } from '@apollo/query-planner';
import type { GraphQLSchema } from 'graphql';
import { isTypeOrSubType, type DataObject } from './rewrite-path';

interface RequiredField {
  key: string;
  selection?: Selection;
}

/** The required fields of one object type, in groups: a group with a missing field counts as not required. */
type Groups = readonly (readonly RequiredField[])[];

/** What an object of any type must bring along. */
class Selection {
  private readonly byType = new Map<unknown, Groups>();
  private readonly own: readonly RequiredField[];

  constructor(
    private readonly nodes: readonly QueryPlanSelectionNode[],
    private readonly schema: GraphQLSchema,
  ) {
    this.own = nodes.flatMap((node) => {
      if (node.kind !== 'Field') return [];
      return { key: node.alias ?? node.name, selection: node.selections && new Selection(node.selections, schema) };
    });
  }

  /** Null where a field is missing that every type requires. */
  project(source: unknown): unknown {
    if (Array.isArray(source)) return source.map((item) => this.project(item));
    if (typeof source !== 'object' || source === null) return source;
    const result: DataObject = {};
    if (!projectFields(this.own, source as DataObject, result)) return null;
    for (const group of this.groupsFor((source as DataObject).__typename)) {
      const part: DataObject = {};
      if (projectFields(group, source as DataObject, part)) mergeRequired(result, part);
    }
    return result;
  }

  /** The fields of a representation that consists of nothing but leaves of one group; else undefined. */
  flatFieldsFor(typeName: unknown): readonly RequiredField[] | undefined {
    if (this.own.length > 0) return undefined;
    const groups = this.groupsFor(typeName);
    const [only] = groups;
    return groups.length === 1 && only!.every((field) => !field.selection) ? only : undefined;
  }

  private groupsFor(typeName: unknown): Groups {
    const known = this.byType.get(typeName);
    if (known) return known;
    const groups = this.nodes.flatMap((node) => {
      if (node.kind !== 'InlineFragment' || !node.typeCondition) return [];
      if (!isTypeOrSubType(this.schema, node.typeCondition, typeName)) return [];
      const inner = new Selection(node.selections, this.schema);
      return [inner.own, ...inner.groupsFor(typeName)].filter((group) => group.length > 0);
    });
    this.byType.set(typeName, groups);
    return groups;
  }
}

function projectFields(fields: readonly RequiredField[], source: DataObject, into: DataObject): boolean {
  for (const { key, selection } of fields) {
    const value = source[key];
    if (value === undefined) return false;
    into[key] = selection ? selection.project(value) : value;
  }
  return true;
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
}

/** The fields of a type's representations that are nothing but leaves. */
interface FlatFields {
  all: readonly RequiredField[];
  /** The only one besides `__typename`; absent where there are more. */
  single?: string;
}

/** Where entities are told apart by the text of their whole representation, and not by one value among those of their type. */
const BY_TEXT = Symbol('by text');

/** Compiled from a fetch's `requires`; the same for every request. */
export class Representations {
  private readonly selection: Selection;
  /** By type; null where a representation is not flat. */
  private readonly flat = new Map<unknown, FlatFields | null>();

  constructor(requires: readonly QueryPlanSelectionNode[], schema: GraphQLSchema) {
    this.selection = new Selection(requires, schema);
  }

  /**
   * One representation for each distinct entity among `entities`. Those that lack a required field are left out: an
   * earlier fetch has failed for them, and said so.
   */
  collect(entities: readonly DataObject[], rewrite: (representation: DataObject) => void): Batch {
    const batch: Batch = { representations: [], waiting: [] };
    const known = new Map<unknown, Map<unknown, DataObject[]>>();
    for (const entity of entities) {
      const flat = this.flatFieldsFor(entity.__typename);
      const value = flat?.single && entity[flat.single];
      // Making a text of each entity costs more than everything else here, and most have one key of one value.
      const isSingle = typeof value === 'string' || typeof value === 'number';
      const representation = isSingle ? undefined : this.represent(entity, flat);
      if (!isSingle && !representation) continue;
      const group = isSingle ? entity.__typename : BY_TEXT;
      const identity = isSingle ? value : JSON.stringify(representation);
      let inGroup = known.get(group);
      if (!inGroup) known.set(group, (inGroup = new Map<unknown, DataObject[]>()));
      const waiting = inGroup.get(identity);
      if (waiting) {
        waiting.push(entity);
        continue;
      }
      const alone = [entity];
      inGroup.set(identity, alone);
      batch.waiting.push(alone);
      const fresh = representation ?? pick(flat!.all, entity)!;
      rewrite(fresh);
      batch.representations.push(fresh);
    }
    return batch;
  }

  /** Undefined where a required field is missing. */
  private represent(entity: DataObject, flat: FlatFields | undefined): DataObject | undefined {
    if (flat) return pick(flat.all, entity);
    const representation = this.selection.project(entity) as DataObject | null;
    return representation?.__typename ? representation : undefined;
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

/** Undefined where one is missing. */
function pick(fields: readonly RequiredField[], source: DataObject): DataObject | undefined {
  const result: DataObject = {};
  return projectFields(fields, source, result) ? result : undefined;
}

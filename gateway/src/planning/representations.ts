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

/** What a fetch asks `_entities` about, and which objects wait for each answer. */
export interface Batch {
  representations: DataObject[];
  /** For each representation the objects that it stands for, as positions in the list of targets. */
  targets: number[][];
}

/** Compiled from a fetch's `requires`; the same for every request. */
export class Representations {
  private readonly selection: Selection;
  /** Null where a representation is not flat. */
  private readonly flat = new Map<unknown, readonly RequiredField[] | null>();

  constructor(requires: readonly QueryPlanSelectionNode[], schema: GraphQLSchema) {
    this.selection = new Selection(requires, schema);
  }

  /**
   * One representation for each distinct entity among `entities`. Those that lack a required field are left out: an
   * earlier fetch has failed for them, and said so.
   */
  collect(entities: readonly DataObject[], rewrite: (representation: DataObject) => void): Batch {
    const batch: Batch = { representations: [], targets: [] };
    const positions = new Map<string, number>();
    for (let index = 0; index < entities.length; index++) {
      const entity = entities[index]!;
      const flat = this.flatFieldsFor(entity.__typename);
      const representation = flat ? undefined : (this.selection.project(entity) as DataObject | null);
      const text = flat
        ? flatText(flat, entity)
        : representation?.__typename
          ? JSON.stringify(representation)
          : undefined;
      if (text === undefined) continue;
      const position = positions.get(text);
      if (position !== undefined) {
        batch.targets[position]!.push(index);
        continue;
      }
      positions.set(text, batch.targets.length);
      batch.targets.push([index]);
      const fresh = representation ?? pick(flat!, entity);
      rewrite(fresh);
      batch.representations.push(fresh);
    }
    return batch;
  }

  private flatFieldsFor(typeName: unknown): readonly RequiredField[] | undefined {
    const known = this.flat.get(typeName);
    if (known !== undefined) return known ?? undefined;
    const fields = this.selection.flatFieldsFor(typeName);
    const usable = fields?.some(({ key }) => key === '__typename') ? fields : null;
    this.flat.set(typeName, usable);
    return usable ?? undefined;
  }
}

/** A text that differs wherever the fields differ, cheaper than JSON; undefined where one is missing. */
function flatText(fields: readonly RequiredField[], source: DataObject): string | undefined {
  let text = '';
  for (let index = 0; index < fields.length; index++) {
    const value = source[fields[index]!.key];
    if (value === undefined) return undefined;
    const part = typeof value === 'string' ? value : `;${JSON.stringify(value)}`;
    // The length in front keeps two values from running into each other; the last one cannot.
    text += index === fields.length - 1 ? part : `${part.length}:${part}`;
  }
  return text;
}

function pick(fields: readonly RequiredField[], source: DataObject): DataObject {
  const result: DataObject = {};
  for (const { key } of fields) result[key] = source[key];
  return result;
}

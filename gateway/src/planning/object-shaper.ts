/**
 * Generates the function that builds the objects of one selection. Its keys are written out, so that all these objects share a
 * hidden class. Assigning keys in a loop is slower, and responses consist mostly of objects.
 */
import type { Loss, Losses } from './lost-values';
import type { DataObject } from './rewrite-path';

/** Marks a value that cannot be null but is, so that the null propagates to the nearest nullable parent. */
export const BUBBLE = Symbol('null goes up');

/** A null in the response that was lost on the way or violates the schema. */
export interface ShapeProblem {
  message: string;
  path: (string | number)[];
  /** The reason for the lost value; absent if a subgraph violated the schema. */
  loss?: Loss;
  /** Whether the position is nullable. If the null propagates further up, its problem is not reported. */
  isNullable?: boolean;
}

/** State of shaping one response. */
export interface Shaping {
  path: (string | number)[];
  problems: ShapeProblem[];
  losses: Losses;
  introspection?: DataObject;
}

/** Completes a value that may be missing. Returns the response value or BUBBLE. Leaves get their key, since they are not on the path. */
export type Complete = (value: unknown, shaping: Shaping, key?: string) => unknown;

export interface ShapedField {
  key: string;
  /** Its name in the data, which differs if plans need the response name. */
  source: string;
  complete: Complete;
  isLeaf: boolean;
  /** The `typeof` of values that need no completion. Most values have it, and a call for each is measurable. */
  fitting?: 'string' | 'boolean';
}

/** Whether a name may appear in generated code: a GraphQL name (2.1.9) other than the one that reaches prototypes. */
export function isSafeKey(key: string): boolean {
  return /^(?!__proto__$)[_A-Za-z][_0-9A-Za-z]*$/.test(key);
}

export function compileObject(fields: readonly ShapedField[]): (source: DataObject, shaping: Shaping) => unknown {
  const unsafe = fields.find(({ key, source }) => !isSafeKey(key) || !isSafeKey(source));
  if (unsafe) throw new Error(`"${unsafe.key}" cannot be a response name.`);
  const steps = fields.map(({ key, source, isLeaf, fitting }, index) => {
    // If a subgraph omits a field, the lookup must not find a property of Object.prototype.
    const value =
      source in Object.prototype
        ? `(Object.hasOwn(source, '${source}') ? source.${source} : undefined)`
        : `source.${source}`;
    const around = isLeaf
      ? `const value${index} = ${fitting ? `typeof ${value} === '${fitting}' ? ${value} : ` : ''}complete${index}(${value}, shaping, '${key}');`
      : `path.push('${key}'); const value${index} = complete${index}(${value}, shaping); path.pop();`;
    return `${around} if (value${index} === BUBBLE) return BUBBLE;`;
  });
  const literal = fields.map(({ key }, index) => `${key}: value${index}`).join(', ');
  const parameters = fields.map((_field, index) => `complete${index}`);
  // The generated code contains only names that were checked.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const make = new Function(
    'BUBBLE',
    ...parameters,
    `return (source, shaping) => { const { path } = shaping; ${steps.join('\n')} return { ${literal} }; };`,
  ) as (bubble: symbol, ...completes: Complete[]) => (source: DataObject, shaping: Shaping) => unknown;
  return make(BUBBLE, ...fields.map(({ complete }) => complete));
}

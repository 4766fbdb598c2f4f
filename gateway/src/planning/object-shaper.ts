/**
 * Makes the function that builds one kind of object: its keys written out, so that the engine gives all such objects one
 * hidden class; assigning keys in a loop costs more, and an answer is mostly objects.
 */
import type { Loss, Losses } from './lost-values';
import type { DataObject } from './rewrite-path';

/** Stands for a value that cannot be given, so that the place around it becomes null, or the one around that. */
export const BUBBLE = Symbol('null goes up');

/** A null in the answer that is not in the data, or is there against the schema. */
export interface ShapeProblem {
  message: string;
  path: (string | number)[];
  /** Why the value is lost; absent if a subgraph has broken the schema. */
  loss?: Loss;
  /** Whether the null may stand here. If one further up takes it along, its problem is of no interest. */
  isNullable?: boolean;
}

/** What one request's shaping carries along. */
export interface Shaping {
  path: (string | number)[];
  problems: ShapeProblem[];
  losses: Losses;
  introspection?: DataObject;
}

/** Completes a value that may be missing: gives what goes into the answer, or BUBBLE. Leaves are told their key, as they are not on the path. */
export type Complete = (value: unknown, shaping: Shaping, key?: string) => unknown;

export interface ShapedField {
  key: string;
  /** Its name in the data; another one where plans need that for themselves. */
  source: string;
  complete: Complete;
  isLeaf: boolean;
  /** What `typeof` says of values that need no completing. Most are such, and a call for each of them would be felt. */
  fitting?: 'string' | 'boolean';
}

/** Whether a name may stand in code: names as GraphQL has them (2.1.9), without the one that reaches prototypes. */
export function isSafeKey(key: string): boolean {
  return /^(?!__proto__$)[_A-Za-z][_0-9A-Za-z]*$/.test(key);
}

export function compileObject(fields: readonly ShapedField[]): (source: DataObject, shaping: Shaping) => unknown {
  const unsafe = fields.find(({ key, source }) => !isSafeKey(key) || !isSafeKey(source));
  if (unsafe) throw new Error(`"${unsafe.key}" cannot be a response name.`);
  const steps = fields.map(({ key, source, isLeaf, fitting }, index) => {
    // Where subgraphs leave a field out, its name must not be found on Object.prototype instead.
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
  // Nothing but checked names gets into the text.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const make = new Function(
    'BUBBLE',
    ...parameters,
    `return (source, shaping) => { const { path } = shaping; ${steps.join('\n')} return { ${literal} }; };`,
  ) as (bubble: symbol, ...completes: Complete[]) => (source: DataObject, shaping: Shaping) => unknown;
  return make(BUBBLE, ...fields.map(({ complete }) => complete));
}

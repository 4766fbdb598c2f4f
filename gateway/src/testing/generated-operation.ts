/** Generates operations from a seed, deterministically. Not all of them are valid. */
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInputType,
  isObjectType,
  isUnionType,
  type GraphQLCompositeType,
  type GraphQLSchema,
} from 'graphql';

export interface GeneratedOperation {
  query: string;
  variables: Record<string, unknown>;
}

/** Aliases are picked from `names`. */
export function generateOperation(
  schema: GraphQLSchema,
  seed: number,
  kind: 'query' | 'mutation',
  names: readonly string[],
): GeneratedOperation {
  let state = (seed * 2654435761 + 1) >>> 0;
  const random = (below: number): number => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9) >>> 0;
    return ((state ^ (state >>> 13)) >>> 0) % below;
  };
  const pick = <Item>(items: readonly Item[]): Item => items[random(items.length)]!;
  const declared = new Map<string, string>();
  const variables: Record<string, unknown> = {};
  const fragments: string[] = [];
  let budget = 40;

  const condition = (): string => {
    if (random(6) > 0) return '';
    const value = random(3) === 0 ? pick(['true', 'false']) : `$${pick(['p', 'q'])}`;
    if (value.startsWith('$')) {
      declared.set(value.slice(1), 'Boolean!');
      variables[value.slice(1)] ??= random(2) === 0;
    }
    return ` @${pick(['skip', 'include'])}(if: ${value})`;
  };
  const argument = (name: string, type: string): string => {
    const base = type.replace(/[![\]]/g, '');
    const single =
      base === 'Int' ? random(3) + 1 : base === 'Boolean' ? random(2) === 0 : pick(['E', 'USD', 'EUR', 'in']);
    const value = base === 'ID' ? `Product-${random(4)}` : single;
    const given = type.startsWith('[') ? [value] : value;
    if (random(3) > 0) return `${name}: ${JSON.stringify(given)}`;
    const variable = `v${declared.size}`;
    declared.set(variable, type);
    variables[variable] = given;
    return `${name}: $${variable}`;
  };
  const field = (type: GraphQLCompositeType, depth: number): string => {
    const fields = isUnionType(type) ? [] : Object.values(type.getFields());
    const candidates = fields.filter((candidate) => depth > 0 || !isCompositeType(getNamedType(candidate.type)));
    if (candidates.length === 0 || random(8) === 0) return `${random(4) === 0 ? `${pick(names)}: ` : ''}__typename`;
    const { name, args, type: output } = pick(candidates);
    const alias = random(5) === 0 ? `${pick(names)}: ` : '';
    const given = args.filter(({ type: input }) => isInputType(input) && random(2) === 0);
    const list = given.map((candidate) => argument(candidate.name, String(candidate.type)));
    const named = getNamedType(output);
    const inner = isCompositeType(named) ? ` ${selection(named, depth - 1)}` : '';
    return `${alias}${name}${list.length > 0 ? `(${list.join(', ')})` : ''}${condition()}${inner}`;
  };
  const selection = (type: GraphQLCompositeType, depth: number): string => {
    const parts: string[] = [];
    for (let count = 1 + random(4); count > 0 && (budget > 0 || parts.length === 0); count--) {
      budget--;
      const choice = random(10);
      if (choice < 7) parts.push(field(type, depth));
      else {
        const possible = isAbstractType(type) ? [...schema.getPossibleTypes(type), type] : [type];
        const interfaces = isObjectType(type) ? type.getInterfaces() : [];
        const condition_ = pick([...possible, ...interfaces]);
        const body = selection(condition_, depth - (choice === 9 ? 1 : 0));
        if (choice < 9) parts.push(`... on ${condition_.name}${condition()} ${body}`);
        else {
          const name = `F${fragments.length}`;
          fragments.push(`fragment ${name} on ${condition_.name} ${body}`);
          parts.push(`...${name}${condition()}`);
        }
      }
    }
    return `{ ${parts.join(' ')} }`;
  };
  const body = selection(schema.getRootType(kind as never)!, 4);
  const definitions = [...declared].map(([name, type]) => `$${name}: ${type}`);
  const head = `${kind}${definitions.length > 0 ? ` (${definitions.join(', ')})` : ''}`;
  return { query: [`${head} ${body}`, ...fragments].join('\n'), variables };
}

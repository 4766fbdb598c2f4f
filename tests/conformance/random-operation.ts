/** Valid operations over any schema from a list of decisions, so that fast-check can shrink them. */
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';

/** Deeper selections hold leaves only. */
const MAX_DEPTH = 5;

const VARIABLES = { yes: true, no: false, count: 2 };

export interface RandomOperation {
  query: string;
  variables: Record<string, unknown>;
}

/** The same decisions yield the same operation; if they run out, the first choice is taken. */
export function randomOperation(schema: GraphQLSchema, decisions: readonly number[]): RandomOperation {
  const writer = new Writer(schema, decisions);
  const isMutation = writer.choose(8) === 7 && schema.getMutationType();
  const root = isMutation ? schema.getMutationType()! : schema.getQueryType()!;
  const selection = writer.selection(root, 0);
  const variables = Object.fromEntries(Object.entries(VARIABLES).filter(([name]) => writer.used.has(name)));
  const types = { yes: 'Boolean!', no: 'Boolean!', count: 'Int' };
  const definitions = Object.keys(variables).map((name) => `$${name}: ${types[name as keyof typeof types]}`);
  const head = `${isMutation ? 'mutation' : 'query'} Random${definitions.length > 0 ? `(${definitions.join(', ')})` : ''}`;
  return { query: `${head} ${selection}\n${writer.fragments.join('\n')}`, variables };
}

class Writer {
  readonly used = new Set<string>();
  readonly fragments: string[] = [];
  private next = 0;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly decisions: readonly number[],
  ) {}

  /** A number from 0 to below `options`. */
  choose(options: number): number {
    return (this.decisions[this.next++] ?? 0) % options;
  }

  selection(type: GraphQLCompositeType, depth: number): string {
    const count = 1 + this.choose(4);
    const parts = Array.from({ length: count }, () => this.part(type, depth));
    return `{ ${parts.join(' ')} }`;
  }

  private part(type: GraphQLCompositeType, depth: number): string {
    switch (this.choose(8)) {
      case 0:
        return this.choose(2) === 0 ? '__typename' : `t${this.choose(3)}: __typename`;
      case 1:
      case 2:
        return this.fragment(type, depth);
      default:
        return 'getFields' in type ? this.field(type, depth) : this.fragment(type, depth);
    }
  }

  private fragment(type: GraphQLCompositeType, depth: number): string {
    const inner = isAbstractType(type) ? this.schema.getPossibleTypes(type) : [];
    const around = isObjectType(type) ? type.getInterfaces() : [];
    const options = [type, ...inner, ...around];
    const target = options[this.choose(options.length)]!;
    if (depth >= MAX_DEPTH) return '__typename';
    const directive = this.directive();
    const selection = this.selection(target, depth + 1);
    if (this.choose(3) > 0) return `... on ${target.name}${directive} ${selection}`;
    const name = `F${this.fragments.length}`;
    this.fragments.push(`fragment ${name} on ${target.name} ${selection}`);
    return `...${name}${directive}`;
  }

  private field(type: Extract<GraphQLCompositeType, { getFields: unknown }>, depth: number): string {
    const all = Object.values(type.getFields()) as GraphQLField<unknown, unknown>[];
    const fitting = all.filter((field) => depth < MAX_DEPTH || !isCompositeType(getNamedType(field.type)));
    const field = fitting[this.choose(fitting.length)];
    if (!field) return '__typename';
    const args = this.arguments(field);
    const below = getNamedType(field.type);
    const selection = isCompositeType(below) ? ` ${this.selection(below, depth + 1)}` : '';
    // Fields that could conflict always get an alias, others sometimes, so that both kinds of merging occur.
    const isAliased = args !== '' || isCompositeType(below) ? this.choose(3) > 0 || args !== '' : this.choose(6) === 5;
    const alias = isAliased ? `a${this.next}_${field.name}: ` : '';
    return `${alias}${field.name}${args}${this.directive()}${selection}`;
  }

  private arguments(field: GraphQLField<unknown, unknown>): string {
    const given = field.args.flatMap(({ name, type, defaultValue }) => {
      const isRequired = isNonNullType(type) && defaultValue === undefined;
      return isRequired || this.choose(2) === 1 ? [`${name}: ${this.value(type, 0)}`] : [];
    });
    return given.length > 0 ? `(${given.join(', ')})` : '';
  }

  private value(type: GraphQLInputType, depth: number): string {
    if (isNonNullType(type)) return this.value(type.ofType, depth);
    if (isListType(type)) return `[${this.value(type.ofType, depth)}]`;
    if (isEnumType(type)) return type.getValues()[this.choose(type.getValues().length)]!.name;
    if (isInputObjectType(type)) {
      if (depth > 1) return '{}';
      const fields = Object.values(type.getFields()).filter(() => this.choose(2) === 1);
      return `{ ${fields.map((field) => `${field.name}: ${this.value(field.type, depth + 1)}`).join(', ')} }`;
    }
    switch (type.name) {
      case 'Int':
        if (this.choose(3) === 2) {
          this.used.add('count');
          return '$count';
        }
        return String(this.choose(5));
      case 'Boolean':
        return this.choose(2) === 0 ? 'true' : 'false';
      case 'Float':
        return '1.5';
      default:
        return `"${['p1', 'p2', 'p3', 'p4', 'p5', 'none'][this.choose(6)]}"`;
    }
  }

  private directive(): string {
    if (this.choose(6) < 5) return '';
    const name = this.choose(2) === 0 ? 'skip' : 'include';
    const value = ['$yes', '$no', 'true', 'false'][this.choose(4)]!;
    if (value.startsWith('$')) this.used.add(value.slice(1));
    return ` @${name}(if: ${value})`;
  }
}

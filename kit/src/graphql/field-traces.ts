/**
 * Apollo's federated traces (ftv1): how long each field of one operation took, as a protobuf message in the answer. A gateway
 * asks for it by a header. Spans across processes (OpenTelemetry) are not here.
 */
import { Trace } from '@apollo/usage-reporting-protobuf';
import { mapSchema, MapperKind } from '@graphql-tools/utils';
import {
  defaultFieldResolver,
  type GraphQLFieldResolver,
  type GraphQLFormattedError,
  type GraphQLResolveInfo,
  type GraphQLSchema,
} from 'graphql';

/** Its value is `ftv1` if the answer must have `extensions.ftv1`. */
export const TRACE_HEADER = 'apollo-federation-include-trace';

type Path = GraphQLResolveInfo['path'];
type ErrorPath = readonly (string | number)[];

/** Measurements of one operation. */
export class FieldTraces {
  private static readonly byContext = new WeakMap<object, FieldTraces>();
  private readonly root = new Trace.Node();
  private readonly nodes = new Map<string, Trace.Node>([[keyOf([]), this.root]]);
  private readonly startedAt = new Date();
  private readonly start = process.hrtime.bigint();

  /** `context` must be the operation's own. */
  constructor(context: object) {
    FieldTraces.byContext.set(context, this);
  }

  /** A copy of `schema` whose fields are measured for every context that has traces. */
  static instrument(schema: GraphQLSchema): GraphQLSchema {
    return mapSchema(schema, {
      [MapperKind.OBJECT_FIELD]: (field) => ({ ...field, resolve: measured(field.resolve ?? defaultFieldResolver) }),
    });
  }

  static of(context: object): FieldTraces | undefined {
    return FieldTraces.byContext.get(context);
  }

  /** Begins a field's time; call the result when its resolver has settled. */
  begin({ path, fieldName, parentType, returnType }: GraphQLResolveInfo): () => void {
    const node = this.nodeAt(toArray(path));
    node.type = String(returnType);
    node.parentType = parentType.name;
    if (path.key !== fieldName) node.originalFieldName = fieldName;
    node.startTime = this.elapsed();
    return () => void (node.endTime = this.elapsed());
  }

  /** Ends the operation's time. @returns the trace in Base64, with the paths of errors but without their messages. */
  encode(errors: readonly GraphQLFormattedError[] = []): string {
    for (const { path, locations } of errors)
      this.errorNode(path).error.push({ message: '<masked>', location: [...(locations ?? [])] });
    const durationNs = this.elapsed();
    const endedAt = new Date(this.startedAt.getTime() + durationNs / 1e6);
    const trace = Trace.create({
      startTime: timestamp(this.startedAt),
      endTime: timestamp(endedAt),
      durationNs,
      fieldExecutionWeight: 1,
      root: this.root,
    });
    return Buffer.from(Trace.encode(trace).finish()).toString('base64');
  }

  private elapsed(): number {
    return Number(process.hrtime.bigint() - this.start);
  }

  private nodeAt(path: ErrorPath): Trace.Node {
    const key = keyOf(path);
    const known = this.nodes.get(key);
    if (known) return known;
    const last = path.at(-1)!;
    const node = new Trace.Node(typeof last === 'number' ? { index: last } : { responseName: last });
    this.nodeAt(path.slice(0, -1)).child.push(node);
    this.nodes.set(key, node);
    return node;
  }

  /** The field that failed, or the nearest one above it that ran. */
  private errorNode(path: ErrorPath = []): Trace.Node {
    return this.nodes.get(keyOf(path)) ?? this.errorNode(path.slice(0, -1));
  }
}

function measured(resolve: GraphQLFieldResolver<unknown, unknown>): GraphQLFieldResolver<unknown, unknown> {
  return (source, args, context, info) => {
    const end = FieldTraces.of(context as object)?.begin(info);
    if (!end) return resolve(source, args, context, info);
    let value: unknown;
    try {
      value = resolve(source, args, context, info);
    } catch (error) {
      end();
      throw error;
    }
    if (!(value instanceof Promise)) {
      end();
      return value;
    }
    return value.finally(end);
  };
}

const keyOf = (path: ErrorPath): string => JSON.stringify(path);

function toArray(path: Path | undefined): (string | number)[] {
  const keys: (string | number)[] = [];
  for (let step = path; step; step = step.prev) keys.unshift(step.key);
  return keys;
}

const timestamp = (date: Date) => {
  const milliseconds = date.getTime();
  return { seconds: Math.floor(milliseconds / 1000), nanos: (milliseconds % 1000) * 1e6 };
};

/**
 * Mutations that run without type-graphql and shield, because clients call them all the time and these layers cost a multiple of the
 * work. They answer only if the ordinary execution would certainly give the same result, and leave every other request to
 * it: refusals, wrong input, literals in the document. If more than plain fields of the result are selected, graphql-js completes it.
 * See docs/decisions/direct-mutations.md.
 */
import {
  isLeafType,
  isNonNullType,
  isObjectType,
  Kind,
  locatedError,
  type DocumentNode,
  type ExecutionResult,
  type FieldNode,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import type { Viewer } from '../auth/viewer';
import { plainSelection } from './plain-selection';
import type { CallOptions, GraphQLRequest } from './service';

/**
 * Runs a mutation with one argument. Its errors are those of the field. Undefined, at once or later, leaves the request to the ordinary
 * execution; nothing may have changed then. The input is a client's, unchecked.
 */
export type DirectMutation<Context = never> = (
  input: unknown,
  call: { viewer: Viewer; headers: CallOptions['headers']; context: () => Context },
) => Promise<unknown> | undefined;

/** Completes the result of a mutation: the selected fields of an object. */
export type CompleteResult = (result: DirectResult) => Promise<ExecutionResult>;

/** The root value of an operation after its mutation has run. */
export class DirectResult {
  constructor(readonly value: unknown) {}

  /** Lets every mutation of a schema take its result from the root value, if that is one. */
  static admit(schema: GraphQLSchema): void {
    for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
      const resolve = field.resolve as GraphQLFieldResolver<unknown, unknown>;
      field.resolve = (root, args, context, info) =>
        root instanceof DirectResult ? root.value : resolve(root, args, context, info);
    }
  }
}

/** A document that calls one direct mutation and nothing else. */
export class DirectCall {
  private constructor(
    private readonly mutation: DirectMutation,
    private readonly field: FieldNode,
    private readonly operationName: string | undefined,
    private readonly variable: string,
    /** The result, or undefined if graphql-js has to complete it. */
    private readonly read: (value: unknown) => unknown,
  ) {}

  /** Undefined if a document does anything else. It must be valid. */
  static of(
    document: DocumentNode,
    schema: GraphQLSchema,
    mutations: ReadonlyMap<string, DirectMutation>,
  ): DirectCall | undefined {
    const [operation, ...others] = document.definitions;
    if (operation?.kind !== Kind.OPERATION_DEFINITION || operation.operation !== 'mutation' || others.length > 0)
      return undefined;
    const [field, ...otherFields] = operation.selectionSet.selections;
    if (field?.kind !== Kind.FIELD || otherFields.length > 0) return undefined;
    if ((operation.directives?.length ?? 0) + (field.directives?.length ?? 0) > 0) return undefined;
    const mutation = mutations.get(field.name.value);
    const type = schema.getMutationType()?.getFields()[field.name.value]?.type;
    if (!mutation || !isNonNullType(type)) return undefined;
    const read = readerOf(type.ofType, field);
    if (!read) return undefined;
    const [argument, ...otherArguments] = field.arguments ?? [];
    // A further variable could be wrong, which nothing would notice before the mutation runs.
    const [variable, ...otherVariables] = operation.variableDefinitions ?? [];
    if (argument?.value.kind !== Kind.VARIABLE || otherArguments.length + otherVariables.length > 0) return undefined;
    if (variable!.defaultValue) return undefined;
    return new DirectCall(mutation, field, operation.name?.value, variable!.variable.name.value, read);
  }

  /** Undefined if the ordinary execution must decide; so may be the promise. Never rejects. */
  run(
    { operationName, variables }: GraphQLRequest,
    call: Parameters<DirectMutation>[1],
    complete: CompleteResult,
    formatted: (error: Error) => NonNullable<ExecutionResult['errors']>,
  ): Promise<ExecutionResult | undefined> | undefined {
    if (operationName != null && operationName !== this.operationName) return undefined;
    const key = (this.field.alias ?? this.field.name).value;
    return this.mutation(variables?.[this.variable], call)?.then(
      (value) => {
        if (value === undefined) return undefined;
        const result = this.read(value);
        return result === undefined ? complete(new DirectResult(value)) : { data: { [key]: result } };
      },
      (error: unknown) => ({ data: null, errors: formatted(locatedError(error, [this.field], [key])) }),
    );
  }
}

function readerOf(type: GraphQLOutputType, { selectionSet }: FieldNode): ((value: unknown) => unknown) | undefined {
  if (isLeafType(type)) return (value) => value;
  return isObjectType(type) ? (plainSelection(selectionSet!, type) ?? (() => undefined)) : undefined;
}

/** Whether a value is an object with no other fields than `names`. */
export function hasOnly(value: unknown, names: ReadonlySet<string>): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  for (const name in value) if (!names.has(name)) return false;
  return true;
}

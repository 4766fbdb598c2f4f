/**
 * Mutations that run without graphql-js, type-graphql and shield, because a client calls them many times a second and these layers cost a
 * multiple of the work. They answer only if the ordinary execution would certainly give the same result, and leave every other request to
 * it: refusals, wrong input, literals in the document. See docs/decisions/direct-mutations.md.
 */
import {
  isLeafType,
  isNonNullType,
  Kind,
  locatedError,
  type DocumentNode,
  type ExecutionResult,
  type FieldNode,
  type GraphQLSchema,
} from 'graphql';
import type { Viewer } from '../auth/viewer';
import type { CallOptions, GraphQLRequest } from './service';

/**
 * Runs a mutation with one argument and a leaf as its result. Its errors are those of the field. Undefined, at once or later, leaves the
 * request to the ordinary execution; nothing may have changed then. The input is a client's, unchecked.
 */
export type DirectMutation = (
  input: unknown,
  call: { viewer: Viewer; headers: CallOptions['headers'] },
) => Promise<unknown> | undefined;

/** A document that calls one direct mutation and nothing else. */
export class DirectCall {
  private constructor(
    private readonly mutation: DirectMutation,
    private readonly field: FieldNode,
    private readonly operationName: string | undefined,
    private readonly variable: string,
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
    if (!mutation || !isNonNullType(type) || !isLeafType(type.ofType)) return undefined;
    const [argument, ...otherArguments] = field.arguments ?? [];
    const [variable, ...otherVariables] = operation.variableDefinitions ?? [];
    if (argument?.value.kind !== Kind.VARIABLE || otherArguments.length + otherVariables.length > 0) return undefined;
    if (variable!.defaultValue) return undefined;
    return new DirectCall(mutation, field, operation.name?.value, variable!.variable.name.value);
  }

  /** Undefined if the ordinary execution must decide; so may be the promise. Never rejects. */
  run(
    { operationName, variables }: GraphQLRequest,
    viewer: Viewer,
    { headers }: CallOptions,
    formatted: (error: Error) => NonNullable<ExecutionResult['errors']>,
  ): Promise<ExecutionResult | undefined> | undefined {
    if (operationName != null && operationName !== this.operationName) return undefined;
    const key = (this.field.alias ?? this.field.name).value;
    return this.mutation(variables?.[this.variable], { viewer, headers })?.then(
      (value) => (value === undefined ? undefined : { data: { [key]: value } }),
      (error: unknown) => ({ data: null, errors: formatted(locatedError(error, [this.field], [key])) }),
    );
  }
}

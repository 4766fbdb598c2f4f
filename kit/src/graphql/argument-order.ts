/**
 * Gives arguments in the schema the order of the method's parameters. Decorators of parameters run from the last to the first, and
 * type-graphql keeps that order, so clients would see `messageAdded(after, channelId)`. Changes no argument.
 */
interface Parameters {
  params: { index: number }[];
}

/** Call it before type-graphql builds a schema. */
export function orderArguments(): void {
  // type-graphql exports no other access to the metadata of its decorators.
  const declared = (globalThis as unknown as { TypeGraphQLMetadataStorage?: Parameters }).TypeGraphQLMetadataStorage;
  declared?.params.sort((a, b) => a.index - b.index);
}

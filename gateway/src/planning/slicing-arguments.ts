/** A validation rule: a list with slicing arguments needs exactly one of them, unless its `@listSize` says otherwise. */
import { GraphQLError, Kind, type ASTVisitor, type ValidationContext } from 'graphql';
import type { Supergraph } from '../supergraph/supergraph';

export function slicingArguments(supergraph: Supergraph): (context: ValidationContext) => ASTVisitor {
  return (context) => ({
    Field(node) {
      const parent = context.getParentType();
      const field = context.getFieldDef();
      if (!parent || !field) return;
      const { slicingArguments: names = [], requireOneSlicingArgument } = supergraph.costHint(parent.name, field.name);
      if (requireOneSlicingArgument === false || names.length === 0) return;
      const given = (node.arguments ?? []).filter(
        ({ name, value }) => names.includes(name.value) && value.kind !== Kind.NULL,
      );
      const byDefault = field.args.filter(
        ({ name, defaultValue }) =>
          names.includes(name) &&
          typeof defaultValue === 'number' &&
          !node.arguments?.some((a) => a.name.value === name),
      );
      if (given.length === 1 || (given.length === 0 && byDefault.length === 1)) return;
      const list = names.map((name) => `"${name}"`).join(', ');
      context.reportError(
        new GraphQLError(`Field "${field.name}" requires exactly one of the arguments ${list}.`, { nodes: node }),
      );
    },
  });
}

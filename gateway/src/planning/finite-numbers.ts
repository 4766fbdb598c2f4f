/** A validation rule that refuses numbers beyond the range of doubles, which plans and JSON cannot carry. graphql-js accepts them. */
import {
  getNamedType,
  GraphQLError,
  Kind,
  type ASTVisitor,
  type FloatValueNode,
  type IntValueNode,
  type ValidationContext,
} from 'graphql';

/** If an ID is written as a number, it is a string, so its digits are not limited. */
export function finiteNumbers(context: ValidationContext): ASTVisitor {
  const check = (node: IntValueNode | FloatValueNode): void => {
    if (Number.isFinite(Number(node.value))) return;
    if (node.kind === Kind.INT && getNamedType(context.getInputType())?.name === 'ID') return;
    context.reportError(new GraphQLError('This number is too large to be represented.', { nodes: node }));
  };
  return { [Kind.INT]: check, [Kind.FLOAT]: check };
}

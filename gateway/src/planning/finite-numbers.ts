/** A validation rule: numbers that overflow to infinity are refused, since neither plans nor JSON can carry them. graphql-js lets them pass. */
import {
  getNamedType,
  GraphQLError,
  Kind,
  type ASTVisitor,
  type FloatValueNode,
  type IntValueNode,
  type ValidationContext,
} from 'graphql';

/** An ID of digits only is a text, and may have as many as it likes. */
export function finiteNumbers(context: ValidationContext): ASTVisitor {
  const check = (node: IntValueNode | FloatValueNode): void => {
    if (Number.isFinite(Number(node.value))) return;
    if (node.kind === Kind.INT && getNamedType(context.getInputType())?.name === 'ID') return;
    context.reportError(new GraphQLError('This number is too large to be represented.', { nodes: node }));
  };
  return { [Kind.INT]: check, [Kind.FLOAT]: check };
}

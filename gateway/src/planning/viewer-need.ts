/** Tells whether an operation runs for a caller with an invalid token, from the marks of its root fields. Knows no caller. */
import { walkOperation } from './operation-walk';
import type { PreparedOperation } from './prepared-operation';

type Operation = Pick<PreparedOperation, 'document' | 'operation' | 'supergraph' | 'introspection'>;

/** Whether all root fields carry `@needsNoViewer`, skipped ones included. Introspection and `__typename` alone do not suffice. */
export function needsNoViewer(operation: Operation): boolean {
  const { supergraph, introspection } = operation;
  if (introspection) return false;
  const marks = walkOperation(operation, ({ parent, field }) => supergraph.needsNoViewer(parent.name, field.name));
  return marks.length > 0 && marks.every(Boolean);
}

/** Refuses `@override(label: …)`: this gateway does not support progressive overrides. */
import { Kind, type DocumentNode } from 'graphql';

/** @throws an Error that names the first field with a label */
export function refuseOverrideLabels({ definitions }: DocumentNode): void {
  for (const type of definitions) {
    if (type.kind !== Kind.OBJECT_TYPE_DEFINITION && type.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    for (const field of type.fields ?? []) {
      const labels = field.directives?.flatMap(({ arguments: args = [] }) =>
        args.flatMap(({ name, value }) =>
          name.value === 'overrideLabel' && value.kind === Kind.STRING ? value.value : [],
        ),
      );
      if (!labels?.length) continue;
      const coordinate = `${type.name.value}.${field.name.value}`;
      throw new Error(`${coordinate} uses @override(label: "${labels[0]}"), but this gateway does not support labels.`);
    }
  }
}

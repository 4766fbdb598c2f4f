/** The subgraphs that resolve a field, those that only name it (`@external`), and the paths on which they have it (`@provides`). */
import { Kind, type DocumentNode, type SelectionSetNode } from 'graphql';
import { graphNames, joinOf, selectionOf } from './join-directives';

export class ExternalFields {
  private readonly external = new Set<string>();
  private readonly provided = new Map<string, SelectionSetNode>();
  /** Coordinate → the subgraphs that resolve the field; absent if all that have the type do. */
  private readonly graphs = new Map<string, string[]>();

  constructor(supergraph: DocumentNode) {
    const graphs = graphNames(supergraph);
    for (const type of supergraph.definitions) {
      if (type.kind !== Kind.OBJECT_TYPE_DEFINITION && type.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
      for (const field of type.fields ?? []) {
        for (const directive of field.directives ?? []) {
          if (directive.name.value !== 'join__field') continue;
          const { graph, external, provides } = joinOf(directive);
          const key = keyOf(graphs.get(graph ?? ''), type.name.value, field.name.value);
          if (external) this.external.add(key);
          else this.resolvedBy(type.name.value, field.name.value, graphs.get(graph ?? ''));
          if (provides) this.provided.set(key, selectionOf(provides));
        }
      }
    }
  }

  private resolvedBy(typeName: string, fieldName: string, subgraph = ''): void {
    const coordinate = `${typeName}.${fieldName}`;
    this.graphs.set(coordinate, [...(this.graphs.get(coordinate) ?? []), subgraph]);
  }

  /** The names of the subgraphs that resolve a field; empty if all that have the type do. */
  subgraphsOf(typeName: string, fieldName: string): readonly string[] {
    return this.graphs.get(`${typeName}.${fieldName}`) ?? [];
  }

  isExternal(subgraph: string, typeName: string, fieldName: string): boolean {
    return this.external.has(keyOf(subgraph, typeName, fieldName));
  }

  /** The external fields that the subgraph resolves below this field. */
  providedBy(subgraph: string, typeName: string, fieldName: string): SelectionSetNode | undefined {
    return this.provided.get(keyOf(subgraph, typeName, fieldName));
  }
}

const keyOf = (subgraph = '', typeName: string, fieldName: string): string => `${subgraph} ${typeName}.${fieldName}`;

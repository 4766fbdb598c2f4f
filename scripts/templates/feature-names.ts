/** The names of a new feature, derived from its singular: classes, fields, files, table and migration. */
import pluralize from 'pluralize';

export interface FeatureNames {
  /** The subgraph: messaging. */
  subgraph: string;
  /** Prefix of the subgraph's own types: Messaging. */
  Subgraph: string;
  /** Folder below `src`: work/tool-calls. */
  folder: string;
  /** From that folder to `src`: ../.. */
  up: string;
  /** Prefix of the feature's files: tool-call. */
  file: string;
  /** Class and GraphQL type: ToolCall. */
  type: string;
  /** ToolCalls. */
  types: string;
  /** Field and loader: toolCall. */
  field: string;
  /** Service, and field of the list: toolCalls. */
  fields: string;
  /** In running text: tool call. */
  words: string;
  /** In running text: tool calls. */
  plural: string;
  /** tool_calls. */
  table: string;
  /** The migration's file without its extension: 480-tool-calls. */
  migration: string;
}

const KEBAB = '[a-z][a-z0-9]*(-[a-z0-9]+)*';
const PATH = new RegExp(`^(${KEBAB}/)*${KEBAB}$`);

/**
 * @param path the thing in the singular and in kebab case, below an optional folder: `poll`, `work/tool-call`.
 * @param migration the number of its migration.
 * @throws if `path` is malformed, in the plural, or has no plural of its own.
 */
export function featureNames(subgraph: string, path: string, migration: number): FeatureNames {
  if (!PATH.test(path)) throw new Error(`"${path}" is not kebab case, such as tool-call or work/tool-call.`);
  const parents = path.split('/');
  const file = parents.pop()!;
  const files = pluralOf(file);
  const type = pascal(file);
  const types = pascal(files);
  return {
    subgraph,
    Subgraph: capitalized(subgraph),
    folder: [...parents, files].join('/'),
    up: ['..', ...parents.map(() => '..')].join('/'),
    file,
    type,
    types,
    field: uncapitalized(type),
    fields: uncapitalized(types),
    words: file.replaceAll('-', ' '),
    plural: files.replaceAll('-', ' '),
    table: files.replaceAll('-', '_'),
    migration: `${String(migration).padStart(3, '0')}-${files}`,
  };
}

/** Only the last word is inflected. */
function pluralOf(file: string): string {
  const head = file.slice(0, file.lastIndexOf('-') + 1);
  const word = file.slice(head.length);
  const plural = pluralize.plural(word);
  const singular = pluralize.singular(word);
  if (plural === singular)
    throw new Error(`"${word}" has no plural of its own, and a list needs a name: choose a countable noun.`);
  if (word === plural) throw new Error(`Name the feature in the singular: ${head}${singular}.`);
  return head + plural;
}

export const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const uncapitalized = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

const pascal = (text: string): string => text.split('-').map(capitalized).join('');

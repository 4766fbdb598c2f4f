// What schema linters and Relay ask of the graph, with each exception and its reason. The rules are @graphql-eslint's.
import graphqlPlugin from '@graphql-eslint/eslint-plugin';
import { getNamedType, buildSchema, isObjectType } from 'graphql';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, 'schema');
const API = 'schema/api.graphql';

/** A rule without its reports about the named fields. The message data of the rule must have `typeName` and `fieldName`. */
const except = (rule, ...coordinates) => ({
  ...rule,
  create: (context) =>
    rule.create(
      Object.create(context, {
        report: {
          value: (found) => {
            if (!coordinates.includes(`${found.data.typeName}.${found.data.fieldName}`)) context.report(found);
          },
        },
      }),
    ),
});

/**
 * Nodes that join other objects: a search result is a new one in every search, a line of a log has no identity, and the others are
 * identified by both their parts.
 */
const COMPOSED_NODES = [
  'MessageSearchResult',
  'WikiSearchResult',
  'PluginLogEntry',
  'WikiRevision',
  'Mention',
  'Reactor',
];

/**
 * Clients cache by `id` the entities, and the nodes of connections, so these must have one. Pages, events and values that belong
 * to another object have nothing that an id could stand for.
 */
function typesWithoutIdentity() {
  const types = Object.values(buildSchema(readFileSync(join(FOLDER, 'api.graphql'), 'utf8')).getTypeMap());
  const sdl = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.graphql'))
    .map((file) => readFileSync(join(FOLDER, file), 'utf8'));
  const entities = sdl.flatMap((text) => [...text.matchAll(/^type (\w+)[^{]*@key\(/gm)].map(([, name]) => name));
  const nodes = types
    .filter(({ name }) => name.endsWith('Edge'))
    .map((edge) => getNamedType(edge.getFields().node.type).name);
  const identified = new Set([...entities, ...nodes].filter((name) => !COMPOSED_NODES.includes(name)));
  return types.filter((type) => isObjectType(type) && !identified.has(type.name)).map(({ name }) => name);
}

const { configs, parser, rules } = graphqlPlugin;

// One object for both, as the plugin keeps the first that it sees.
const graphQLConfig = { schema: API, documents: 'tests/operations/*.graphql' };
const languageOptions = { parser, parserOptions: { graphQLConfig } };

export const graphqlConfigs = [
  {
    files: [API],
    languageOptions,
    plugins: {
      '@graphql-eslint': graphqlPlugin,
      // Two begin with the letters of their type's name and not with its word; the contract names the others.
      graph: {
        rules: {
          'no-typename-prefix': except(
            rules['no-typename-prefix'],
            'User.username',
            'Report.reporter',
            'Upload.uploadUrl',
            'Answer.answer',
            'Term.term',
          ),
        },
      },
    },
    rules: {
      ...configs['flat/schema-recommended'].rules,
      ...configs['flat/schema-relay'].rules,
      '@graphql-eslint/no-typename-prefix': 'off',
      'graph/no-typename-prefix': 'error',
      '@graphql-eslint/strict-id-in-types': ['error', { exceptions: { types: typesWithoutIdentity() } }],
      '@graphql-eslint/relay-edge-types': [
        'error',
        {
          withEdgeSuffix: true,
          // docs/decisions/no-node-field.md
          shouldImplementNode: false,
          // Short lists that have a bound and belong to one object, such as reactions, are no connections.
          listTypeCanWrapOnlyEdgeType: false,
        },
      ],
      '@graphql-eslint/require-description': [
        'error',
        {
          types: true,
          rootField: true,
          DirectiveDefinition: true,
          EnumValueDefinition: true,
          FieldDefinition: true,
          InputValueDefinition: true,
        },
      ],
    },
  },
  {
    // The operations of third parties, in the folder below, are theirs to word.
    files: ['tests/operations/*.graphql'],
    languageOptions,
    plugins: { '@graphql-eslint': graphqlPlugin },
    rules: {
      ...configs['flat/operations-recommended'].rules,
      // For caches by id. These operations are sent by tests, which compare whole answers.
      '@graphql-eslint/require-selections': 'off',
    },
  },
];

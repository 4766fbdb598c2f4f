/** The operation of the API on the graph: queries and mutations as the plugin's bot. */
import { Kind, parse } from 'graphql';
import { z } from 'zod';
import type { PluginBots } from '../bots/plugin.bots';
import type { GraphClient } from '../graph/graph.client';
import { causeOf } from '../registry/invocation';
import { isGranted } from '../registry/plugin';
import { parsed } from './plugin.messages';
import type { Operations } from './plugin.api';

const question = z.strictObject({
  query: z.string().min(1).max(20_000),
  variables: z.record(z.string(), z.unknown()).default({}),
});

export const graphOperations = (graph: GraphClient, bots: Pick<PluginBots, 'keyOf'>): Operations => ({
  'graph.query': {
    async run({ plugin, invocation }, argument) {
      const { query, variables } = parsed(question, argument);
      const operations = parse(query).definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
      const [operation] = operations;
      if (!operation || operations.length > 1) throw new Error('BAD_USER_INPUT: send exactly one operation.');
      if (operation.operation === 'subscription')
        throw new Error('BAD_USER_INPUT: plugins receive events by hooks, not by subscriptions.');
      const permission = operation.operation === 'mutation' ? 'graph:write' : 'graph:read';
      if (!isGranted(plugin, permission)) throw new Error(`FORBIDDEN: the plugin was not granted ${permission}.`);
      const { data, errors } = await graph.ask(bots.keyOf(plugin), query, variables, causeOf(plugin, invocation));
      return { data: data ?? null, ...(errors && { errors }) };
    },
  },
});

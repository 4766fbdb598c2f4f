/** A thread that plans one operation after another, so that the event loop does not wait. It holds one supergraph, the latest. */
import { parentPort } from 'node:worker_threads';
import type { QueryPlan } from '@apollo/query-planner';
import { parse } from 'graphql';
import { ApiError, type ErrorCode } from '@chat/kit/errors';
import { collectGarbage } from '@chat/kit/process/collect-garbage';
import { Supergraph } from '../supergraph/supergraph';
import { queryPlan } from './query-plan';

export interface PlanningTask {
  supergraph: { id: string; sdl: string };
  /** The operation's text, without conditions. Absent if the supergraph is only loaded, which has no report. */
  operation?: string;
}

export type PlanningReport =
  /** The planner starts; loading the supergraph is over. */
  | { kind: 'started' }
  | { kind: 'planned'; plan: QueryPlan }
  /** No plan answers the operation; the error is for the client. */
  | { kind: 'refused'; code: ErrorCode; message: string }
  | { kind: 'failed'; message: string };

let supergraph: Supergraph | undefined;

function report(message: PlanningReport): void {
  parentPort!.postMessage(message);
}

parentPort!.on('message', ({ supergraph: { id, sdl }, operation }: PlanningTask) => {
  try {
    if (supergraph?.id !== id) supergraph = new Supergraph(sdl);
    if (operation === undefined) return collectGarbage();
    report({ kind: 'started' });
    const plan = queryPlan(parse(operation, { noLocation: true }), supergraph);
    report({ kind: 'planned', plan: JSON.parse(JSON.stringify(plan)) as QueryPlan });
  } catch (error) {
    if (error instanceof ApiError) report({ kind: 'refused', code: error.code, message: error.message });
    else report({ kind: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});

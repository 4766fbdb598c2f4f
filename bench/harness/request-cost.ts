/** What requests cost each process of a message stack. */
import { STACK_PROCESSES, type MessageStack, type StackProcess } from '../worlds/message-stack';
import type { Figures } from './report';

export type CostMeasure = 'perSecond' | 'p50' | 'p99' | 'all' | 'senders' | StackProcess;

export const COST_MEASURES: Record<CostMeasure, string> = {
  perSecond: 'a second',
  p50: 'p50, ms',
  p99: 'p99, ms',
  all: 'processor µs each: all servers',
  gateway: 'gateway',
  messaging: 'messaging',
  identity: 'identity',
  PostgreSQL: 'PostgreSQL',
  Redis: 'Redis',
  senders: 'not counted: the senders',
};

/** @param senders send one request each, again and again, each after its answer */
export async function costOf(
  stack: MessageStack,
  seconds: number,
  senders: readonly (() => Promise<void>)[],
): Promise<Figures<CostMeasure>> {
  const before = stack.cpuSeconds();
  const ownBefore = process.cpuUsage();
  const end = performance.now() + seconds * 1000;
  const times: number[] = [];
  await Promise.all(
    senders.map(async (send) => {
      while (performance.now() < end) {
        const began = performance.now();
        await send();
        times.push(performance.now() - began);
      }
    }),
  );
  const own = process.cpuUsage(ownBefore);
  const after = stack.cpuSeconds();
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))]!;
  const each = (cpuSeconds: number) => (cpuSeconds / times.length) * 1e6;
  const used = Object.fromEntries(STACK_PROCESSES.map((name) => [name, each(after[name] - before[name])])) as Record<
    StackProcess,
    number
  >;
  return {
    perSecond: times.length / seconds,
    p50: at(0.5),
    p99: at(0.99),
    all: Object.values(used).reduce((sum, part) => sum + part),
    ...used,
    senders: each((own.user + own.system) / 1e6),
  };
}

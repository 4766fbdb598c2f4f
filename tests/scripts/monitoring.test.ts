/** Alerts, dashboard and runbook belong together. The metrics themselves are compared with a running system's in lively-chat.test.ts. */
import { read } from '../../scripts/generated-files';
import { metricsIn } from '../../scripts/monitoring/metric-names';
import { alerts, panels, ruleTests } from '../../scripts/monitoring/monitoring-files';

const sections = (path: string) => new Set([...read(path).matchAll(/^## (Chat\w+)$/gm)].map(([, name]) => name));

test.each(['docs/operations/runbook.md', 'docs/operations/runbook.de.md'])(
  'each alert has a section in %s, and no section is left over',
  (path) => {
    expect([...sections(path)].sort()).toEqual(
      alerts()
        .map(({ alert }) => alert)
        .sort(),
    );
  },
);

test('each alert has a severity, a duration, and a link to its section', () => {
  for (const { alert, labels, annotations, ...rule } of alerts()) {
    expect(['critical', 'warning']).toContain(labels.severity);
    expect(rule.for).toMatch(/^\d+[smh]$/);
    expect(annotations.runbook).toBe(`docs/operations/runbook.md#${alert.toLowerCase()}`);
  }
});

test('each alert is tested with its fault and without it', () => {
  for (const { alert } of alerts()) {
    const tests = ruleTests().filter(({ alertname }) => alertname === alert);
    expect([alert, tests.map(({ exp_alerts }) => exp_alerts.length)]).toEqual([alert, [1, 0]]);
  }
});

test('each panel asks for at least one metric', () => {
  for (const { title, targets } of panels())
    expect([title, targets.every(({ expr }) => metricsIn(expr).length > 0)]).toEqual([title, true]);
});

test.each([
  ['up{job=~"chat.*"} == 0', ['up']],
  [
    'histogram_quantile(0.95, sum by (le) (rate(a_seconds_bucket{kind=~"q|m"}[5m]))) > 0.5\nand b_total',
    ['a_seconds', 'b_total'],
  ],
  ['count(count by (version) (build_info)) > 1', ['build_info']],
  ['process_open_fds / on (instance) process_max_fds > 0.8', ['process_open_fds', 'process_max_fds']],
])('the metrics of %s', (expression, expected) => {
  expect(metricsIn(expression)).toEqual(expected);
});

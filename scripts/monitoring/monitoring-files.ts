/** The alerts, their tests and the dashboard of deploy/, as data. */
import { parse } from 'yaml';
import { read } from '../generated-files';

export interface Alert {
  alert: string;
  expr: string;
  for: string;
  labels: { severity: string };
  annotations: { summary: string; runbook: string };
}

interface Rules {
  groups: { rules: Alert[] }[];
}
interface RuleTests {
  tests: { name: string; alert_rule_test: { alertname: string; exp_alerts: object[] }[] }[];
}
interface Dashboard {
  panels: { title: string; targets: { expr: string }[] }[];
}

export const alerts = (): Alert[] =>
  (parse(read('deploy/prometheus/chat.rules.yml')) as Rules).groups.flatMap(({ rules }) => rules);

export const ruleTests = () =>
  (parse(read('deploy/prometheus/chat.rules.test.yml')) as RuleTests).tests.flatMap((test) => test.alert_rule_test);

export const panels = () => (JSON.parse(read('deploy/grafana/chat.json')) as Dashboard).panels;

/** All PromQL expressions, by the name of their alert or panel. */
export const expressions = (): { of: string; expr: string }[] => [
  ...alerts().map(({ alert, expr }) => ({ of: alert, expr })),
  ...panels().flatMap(({ title, targets }) => targets.map(({ expr }) => ({ of: title, expr }))),
];

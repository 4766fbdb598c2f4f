/** The addresses of subgraphs in SUBGRAPH_URLS, and the checks of them against the supergraph. */
import { didYouMean } from '@chat/kit/nearest';
import { StartupError } from '@chat/kit/process/startup-error';

/** Subgraph name → the URLs of its instances. */
export type SubgraphUrls = Readonly<Record<string, readonly string[]>>;

/** Reads `name=url` items. A name may come several times. @returns the URLs, or the problems */
export function parseSubgraphUrls(items: readonly string[]): { urls: SubgraphUrls } | { problems: string[] } {
  const urls: Record<string, string[]> = {};
  const problems: string[] = [];
  for (const item of items) {
    const [, name = '', url = ''] = /^([^=]*)=(.*)$/s.exec(item) ?? [];
    if (!name || !url) problems.push(`"${item}" is not name=url`);
    else if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : '')) problems.push(`${url} is no http URL`);
    else if (urls[name]?.includes(url)) problems.push(`${name} has the URL ${url} twice`);
    else (urls[name] ??= []).push(url);
  }
  return problems.length > 0 ? { problems } : { urls };
}

/** @throws StartupError if a setting names a subgraph that the supergraph does not have. */
export function demandKnownSubgraphs(settings: Readonly<Record<string, object>>, known: Iterable<string>): void {
  const names = [...known];
  const problems = Object.entries(settings).flatMap(([variable, entries]) =>
    Object.keys(entries)
      .filter((name) => !names.includes(name))
      .map((name) => `${variable}: the supergraph has no subgraph "${name}".${didYouMean(name, names)}`),
  );
  if (problems.length === 0) return;
  throw new StartupError(`${problems.join('\n')}\nIt has: ${names.join(', ')}.`);
}

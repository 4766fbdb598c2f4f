/** The functions that page.reader.ts runs in worker threads. */
export { analysePage } from './page.analysis';
export { pageDiff } from './page.diff';
export { pageHtml } from './page.markdown';
export { mergeTexts } from './page.merge';
export { snippetOf } from './page.snippet';

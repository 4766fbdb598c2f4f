/** The functions that text.reader.ts runs in worker threads. */
export { textDocument } from '@chat/kit/text-analysis/text-document';
export { excerptOf } from '@chat/kit/text-analysis/excerpt';
export { analyseText } from './message-text';

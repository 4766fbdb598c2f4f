/** What text.reader.ts does with long texts, in a thread of its own. */
export { textDocument } from '@chat/kit/text-analysis/text-document';
export { excerptOf } from '@chat/kit/text-analysis/excerpt';
export { analyseText } from './message-text';

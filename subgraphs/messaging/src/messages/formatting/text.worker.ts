/** Analyses texts in a thread of its own, for text.reader.ts. */
import { analyseText, type MessageText } from './message-text';

const analyse = (body: string): MessageText => analyseText(body);

module.exports = analyse;

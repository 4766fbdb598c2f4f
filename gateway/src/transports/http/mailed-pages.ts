/**
 * Pages behind the links in mails, for installations without a client of their own at PUBLIC_URL: `/register`, `/reset-password` and
 * `/confirm-email`. Static; their script sends the mutation. All assets come from this process, and the policy allows no other source.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathOf, type Route } from './gateway-server';
import { sendText } from './respond';

const PAGES: ReadonlySet<string> = new Set(['/register', '/reset-password', '/confirm-email']);

const FOLDER = join(__dirname, '../../../assets');

const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  // The address holds a token.
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
};

export const mailedPages: Route = async (request, response) => {
  if ((request.method !== 'GET' && request.method !== 'HEAD') || !PAGES.has(pathOf(request))) return false;
  sendText(response, 200, 'text/html; charset=utf-8', await readFile(join(FOLDER, 'mailed.html'), 'utf8'), HEADERS);
  return true;
};

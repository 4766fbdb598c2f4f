/** The administrator's work with plugins over GraphQL: upload, install, enable. The installation must allow unsigned plugins. */
import { zipSync } from 'fflate';
import { setTimeout as pause } from 'node:timers/promises';

/** The data of an answer. */
type Data = Record<string, unknown>;

/** @throws if the answer has errors */
export type Ask = (query: string, variables?: object) => Promise<Data>;

export interface InstalledPlugin {
  id: string;
  permissions: string[];
}

/** The administrator of `url`, `http://…/graphql`. */
export async function loginAsAdmin(url: string, password: string): Promise<Ask> {
  const post = async (query: string, variables: object = {}, token?: string) => {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
    const { data, errors } = (await response.json()) as { data: Data; errors?: unknown };
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  const query = 'mutation ($input: LoginInput!) { login(input: $input) { accessToken } }';
  const session = (await post(query, { input: { identifier: 'admin', password } }))['login'];
  const { accessToken } = session as { accessToken: string };
  return (text, variables) => post(text, variables, accessToken);
}

export async function installPlugin(ask: Ask, manifest: object, code: string): Promise<InstalledPlugin> {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const bundle = zipSync({ 'manifest.json': bytes(JSON.stringify(manifest)), 'plugin.js': bytes(code) });
  const fileId = await upload(ask, bundle);
  const query = 'mutation ($input: InstallPluginInput!) { installPlugin(input: $input) { id permissions } }';
  return (await ask(query, { input: { fileId } }))['installPlugin'] as InstalledPlugin;
}

export const enablePlugin = (ask: Ask, id: string, grantedPermissions: string[]) =>
  ask(
    'mutation ($id: ID!, $grantedPermissions: [String!]!) { enablePlugin(id: $id, grantedPermissions: $grantedPermissions) { id } }',
    { id, grantedPermissions },
  );

async function upload(ask: Ask, bundle: Uint8Array<ArrayBuffer>): Promise<string> {
  const begin = `mutation ($input: BeginUploadInput!) { beginUpload(input: $input) { file { id } uploadUrl method headers { name value } } }`;
  const input = { name: 'plugin.zip', size: bundle.length, mimeType: 'application/zip' };
  const begun = (await ask(begin, { input }))['beginUpload'];
  const { file, uploadUrl, method, headers } = begun as {
    file: { id: string };
    uploadUrl: string;
    method: string;
    headers: { name: string; value: string }[];
  };
  const named = Object.fromEntries(headers.map(({ name, value }) => [name, value]));
  await fetch(uploadUrl, { method, headers: named, body: bundle });
  await ask('mutation ($id: ID!) { completeUpload(id: $id) { id } }', { id: file.id });
  for (;;) {
    const found = (await ask('query ($id: ID!) { file(id: $id) { status } }', { id: file.id }))['file'];
    if ((found as { status: string }).status === 'READY') return file.id;
    await pause(100);
  }
}

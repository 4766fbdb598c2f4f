/** Composes the supergraph of a test. Composing takes longer than most tests, so each list of subgraphs is composed once. */
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';

export interface ComposedSubgraph {
  name: string;
  /** SDL. */
  typeDefs: string;
  url?: string | undefined;
}

const composed = new Map<string, string>();

/** @returns the SDL of the supergraph @throws the composition errors */
export function compose(subgraphs: readonly ComposedSubgraph[]): string {
  const key = JSON.stringify(subgraphs.map(({ name, typeDefs }) => [name, typeDefs]));
  let sdl = composed.get(key);
  if (sdl === undefined) composed.set(key, (sdl = composeNew(subgraphs)));
  return subgraphs.reduce((text, { name, url = '' }) => text.replace(quotedUrl(name), () => JSON.stringify(url)), sdl);
}

/** Stands in for the address, which differs from gateway to gateway. */
const placeholder = (name: string): string => `http://${name}.invalid/address`;
const quotedUrl = (name: string): string => JSON.stringify(placeholder(name));

function composeNew(subgraphs: readonly ComposedSubgraph[]): string {
  const { supergraphSdl, errors } = composeServices(
    subgraphs.map(({ name, typeDefs }) => ({ name, url: placeholder(name), typeDefs: parse(typeDefs) })),
  );
  if (!supergraphSdl) throw new Error(errors?.map(({ message }) => message).join('\n'));
  return supergraphSdl;
}

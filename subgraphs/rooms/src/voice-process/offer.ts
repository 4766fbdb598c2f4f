/** The SDP that this process offers, adjusted to browsers and to address translation. */

/**
 * Drops the lip synchronisation of all media, which would delay one speaker for another, and names `publicAddress` in the candidates of IPv4.
 */
export function adjustOffer(sdp: string, publicAddress?: string): string {
  const lines = sdp.split(/\r?\n/).filter((line) => !line.startsWith('a=group:LS'));
  if (publicAddress === undefined) return lines.join('\r\n');
  return lines
    .map((line) => line.replace(/^(a=candidate:(?:\S+ ){4})\d+\.\d+\.\d+\.\d+ /, `$1${publicAddress} `))
    .join('\r\n');
}

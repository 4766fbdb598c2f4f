// cspell:words selfsign
/** An HTTPS server for tests. Its certificate for `localhost` expired in 2020. */
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

/** Made by `openssl ca -selfsign -startdate 20200101000000Z -enddate 20200201000000Z`. The key protects nothing. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBTjCB9KADAgECAgEBMAoGCCqGSM49BAMCMBQxEjAQBgNVBAMMCWxvY2FsaG9z
dDAeFw0yMDAxMDEwMDAwMDBaFw0yMDAyMDEwMDAwMDBaMBQxEjAQBgNVBAMMCWxv
Y2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFgQfn6vkxgxj78EwC66
ZPj2xq7Eo9oeYv1iTbro69Ac27v933PDGodTZW93Tm2Or9ubs86FASdndtfPzmPv
DNKjNzA1MBQGA1UdEQQNMAuCCWxvY2FsaG9zdDAdBgNVHQ4EFgQUvwD+FBeYmjAb
BCdeQ8/y4AVt8KMwCgYIKoZIzj0EAwIDSQAwRgIhAIS27fsQ4cBoklLN6hffETVY
oDGLOXYBcA8gPlX2FoffAiEArozacsCtXh81WakMTUZ5Obspy6ArT7SDxFRaScI8
lBo=
-----END CERTIFICATE-----`;

const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgtVtYNDaRQ/eAaQ/u
TFZL/zMj4DynaDe1iUfu2+0LKeKhRANCAARYEH5+r5MYMY+/BMAuumT49sauxKPa
HmL9Yk266OvQHNu7/d9zwxqHU2Vvd05tjq/bm7POhQEnZ3bXz85j7wzS
-----END PRIVATE KEY-----`;

export interface ExpiredServer extends AsyncDisposable {
  /** `https://localhost:port/` */
  url: string;
  /** The number of requests that it received; none if clients check the certificate. */
  readonly requests: number;
}

/** The authority is known meanwhile, so that the date is the only fault. */
export async function startExpiredServer(): Promise<ExpiredServer> {
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, CERTIFICATE]);
  let requests = 0;
  const server = createServer({ key: KEY, cert: CERTIFICATE }, (_request, response) => {
    requests++;
    response.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}/`,
    get requests() {
      return requests;
    },
    async [Symbol.asyncDispose]() {
      setDefaultCACertificates(before);
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

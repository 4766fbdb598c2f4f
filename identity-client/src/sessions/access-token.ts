/** The fixed claims of access tokens (RFC 7519). Identity signs tokens with them, and gateways accept no others. */
export const ACCESS_TOKEN = { algorithm: 'HS256', issuer: 'chat-system', audience: 'access' } as const;

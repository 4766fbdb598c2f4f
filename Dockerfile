# One build, and an image for each process: docker build --target gateway .  (or standalone, or a subgraph)
# Without an engine, `npm run images` builds them with buildah.
FROM node:24-bookworm-slim AS build
# A file with further certificates for npm, which must be mounted.
ARG NODE_EXTRA_CA_CERTS
# Of Debian, the image of a process has only the libraries and programs that it loads: no package manager and no tools.
RUN apt-get update && apt-get install -y --no-install-recommends binutils && cd /tmp \
  && apt-get download libc6 libc-bin libgcc-s1 libstdc++6 dash libcrypt1 perl-base bubblewrap libcap2 libpcre2-8-0 libselinux1 \
    redis-server redis-tools libatomic1 libgcrypt20 libgpg-error0 libjemalloc2 liblz4-1 liblzf1 liblzma5 libssl3 libsystemd0 libzstd1 \
  && mkdir -p /debian /data && unpack() { root=$1; shift; for package; do dpkg-deb -x ${package}_*.deb /debian/$root || return; done; } \
  && unpack process libc6 libgcc-s1 libstdc++6 dash \
  && unpack files libc-bin libcrypt1 perl-base \
  && unpack plugins bubblewrap libcap2 libpcre2-8-0 libselinux1 \
  && unpack redis redis-server redis-tools libatomic1 libcap2 libgcrypt20 libgpg-error0 libjemalloc2 liblz4-1 liblzf1 liblzma5 libssl3 \
    libsystemd0 libzstd1 \
  && rm -rf /debian/redis/etc /debian/redis/lib/systemd /debian/redis/usr/bin/redis-benchmark /debian/redis/usr/bin/redis-check-aof \
  && rm -rf *.deb /debian/*/usr/share /debian/process/usr/lib/*/gconv /debian/files/sbin \
  && install -D --strip /usr/local/bin/node /debian/process/usr/local/bin/node \
  && mkdir -p /debian/process/etc && install -d -m 1777 /debian/process/tmp \
  && grep -hE '^(root|node):' /etc/passwd > /debian/process/etc/passwd \
  && grep -hE '^(root|node):' /etc/group > /debian/process/etc/group \
  && echo 'hosts: files dns' > /debian/process/etc/nsswitch.conf
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
RUN --mount=type=cache,target=/root/.npm npm ci
COPY . .
# The files of each image: what it needs in production, without debug symbols that are larger than the program.
RUN npm run build -- --images /images && rm -rf node_modules \
  && strip /images/standalone/node_modules/chromadb-js-bindings-*/*.node /images/*/node_modules/@node-datachannel/*/*.node

FROM scratch AS runtime
ENV PATH=/usr/local/bin:/usr/bin:/bin NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data APOLLO_TELEMETRY_DISABLED=true
COPY --from=build /debian/process /
# A volume that is mounted here belongs to node, too.
COPY --from=build --chown=1000:1000 /data /data
WORKDIR /app
USER node
STOPSIGNAL SIGTERM

FROM runtime AS gateway
ENV PORT=4000
COPY --from=build /images/gateway .
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "gateway/dist/main.js"]

FROM runtime AS subgraph
ENV PORT=4001
EXPOSE 4001
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]

FROM subgraph AS identity
COPY --from=build /images/identity .
CMD ["node", "subgraphs/identity/dist/main.js"]

FROM subgraph AS messaging
COPY --from=build /images/messaging .
CMD ["node", "subgraphs/messaging/dist/main.js"]

FROM subgraph AS files
# exiftool is a Perl program.
COPY --from=build /debian/files /
COPY --from=build /images/files .
CMD ["node", "subgraphs/files/dist/main.js"]

FROM subgraph AS rooms
COPY --from=build /images/rooms .
CMD ["node", "subgraphs/rooms/dist/main.js"]

FROM subgraph AS plugins
# The wall around plugins. The container must be allowed to make namespaces: see docs/plugins.md.
COPY --from=build /debian/plugins /
COPY --from=build /images/plugins .
CMD ["node", "subgraphs/plugins/dist/main.js"]

FROM subgraph AS knowledge
COPY --from=build /images/knowledge .
CMD ["node", "subgraphs/knowledge/dist/main.js"]

# What both images of the whole system have in common.
FROM runtime AS whole
ENV PORT=4000
COPY --from=build /debian/files /
COPY --from=build /debian/plugins /
VOLUME /data
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "standalone/dist/main.js"]

# The whole system in one container, for existing servers: DATABASE_URL, REDIS_URL, and for vectors CHROMA_URL or Qdrant with an encoder of
# Ollama or OpenAI. It cannot run models (GGUF, the packaged encoder).
FROM whole AS compact
ENV EMBEDDINGS_ENABLED=false
COPY --from=build /images/compact .

# The whole system in one container, with PostgreSQL and Chroma of the node modules, Redis of Debian, and models.
FROM whole AS standalone
COPY --from=build /debian/redis /
COPY --from=build /images/standalone .

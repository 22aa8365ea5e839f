# The tag names one release of Node.js, of a line that the CI runs. A mirror with digests can be set as NODE_IMAGE.
ARG NODE_IMAGE=node:24.21.0-slim

# Builds the service, and collects its files in dist/service.
FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
# No package needs its install script: see docs/dependencies.md.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run assemble

FROM ${NODE_IMAGE}
# The service needs Node.js alone. Without package managers, scanners do not report the packages of npm.
# A new volume at /data gets the owner of this folder.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn-* \
  /usr/local/bin/yarn /usr/local/bin/yarnpkg && \
  install --directory --owner=10001 --group=10001 /data
LABEL org.opencontainers.image.title="docmap-webhooks" \
  org.opencontainers.image.licenses="MIT"
WORKDIR /app
# Root owns the files, so the process can't change its own program.
COPY --from=build /build/dist/service ./
# A number, because Kubernetes can check only numbers with runAsNonRoot. The user needs no entry in /etc/passwd.
USER 10001:10001
# DATA_DIR is used without DATABASE_URL, or for the first API key. The service makes the directory inside the volume.
ENV DATA_DIR=/data/docmap
EXPOSE 3000
# Liveness only: a database that fails must not restart the service. The image has no curl.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/health`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node.js is process 1 and gets SIGTERM itself: neither npm nor a shell is in between.
ENTRYPOINT ["node"]
# The options are those of scripts/node-options.mjs. Other programs: dist/bundle/migrate.js, dist/bundle/reencrypt-secrets.js.
CMD ["--enable-source-maps", "--min-semi-space-size=16", "--max-semi-space-size=16", "--heap-growing-percent=60", "--wasm-tiering-budget=20000000", "dist/bundle/main.js"]

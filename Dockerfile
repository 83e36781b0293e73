# syntax=docker/dockerfile:1
# Footfall as one process with one file. docs/operating.md explains how to run it.
ARG NODE_IMAGE=node:24-trixie-slim

# The site and the scripts are the same on every processor, so they are built on the build machine's.
# hadolint ignore=DL3006
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS build
ENV TURBO_TELEMETRY_DISABLED=1
WORKDIR /footfall
RUN npm install --global pnpm@12.21.0
COPY . .
RUN pnpm install --frozen-lockfile --filter footfall --filter @footfall/web... \
  && pnpm build --filter=@footfall/web \
  && rm -rf apps/web/build/workerd

# The database driver is native code: this stage runs on the image's processor.
# hadolint ignore=DL3006
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /footfall
RUN npm install --global pnpm@12.21.0
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY apps/api/package.json apps/api/
COPY packages/core/package.json packages/core/
COPY packages/db/package.json packages/db/
COPY packages/trpc/package.json packages/trpc/
RUN pnpm install --prod --frozen-lockfile --filter-prod @footfall/api...

# hadolint ignore=DL3006
FROM ${NODE_IMAGE}
ENV NODE_ENV=production \
  HOST=0.0.0.0 \
  PORT=3000 \
  DATABASE_URL=file:/data/footfall.db
WORKDIR /footfall
COPY --from=dependencies /footfall ./
COPY apps/api/src apps/api/src/
COPY packages/core/lists packages/core/lists/
COPY packages/core/src packages/core/src/
COPY packages/db/src packages/db/src/
COPY packages/trpc/src packages/trpc/src/
COPY LICENSE NOTICE ./
COPY --from=build /footfall/apps/web/build apps/web/build/
# The command line, as `footfall`; and the folder of the database, which must belong to the user that writes into it.
RUN printf '#!/bin/sh\nexec node /footfall/apps/api/src/cli.ts "$@"\n' > /usr/local/bin/footfall \
  && chmod 755 /usr/local/bin/footfall \
  && mkdir /data \
  && chown 1000:1000 /data
USER 1000
VOLUME /data
EXPOSE 3000
# Whether the process responds. /readyz also checks that it can write, but while it cannot, it still shows numbers:
# a proxy that drops unhealthy containers would take them down.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "apps/api/src/node.ts"]

# The controller: node and the program with what it loads of its dependencies, nothing else; no shell, no package manager.
# The tag is the version of Node.js that the checkout's tests run on. A release names it with its digest: `npm run release`.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

# What is bundled is JavaScript and the same on every machine, so it is made once, on the builder's own.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY scripts/bundle.ts scripts/
COPY src src
RUN npm run bundle

# The files that node needs from its image, for whatever machine that is: itself, its loader and its libraries.
FROM ${NODE_IMAGE} AS runtime
RUN set -eu; mkdir -p /root-fs/etc; \
    ldd /usr/local/bin/node | grep -o '/[^ ]*' | while read -r library; do cp --parents -L "$library" /root-fs; done; \
    cp --parents /usr/local/bin/node /root-fs; \
    echo 'cvmsg:x:65532:65532::/nonexistent:/sbin/nologin' > /root-fs/etc/passwd; \
    echo 'cvmsg:x:65532:' > /root-fs/etc/group; \
    echo 'hosts: files dns' > /root-fs/etc/nsswitch.conf; \
    mkdir -m 0755 -p /root-fs/var/lib/cvmsg /root-fs/app && chown 65532:65532 /root-fs/var/lib/cvmsg

FROM scratch
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG NODE_IMAGE
LABEL org.opencontainers.image.title="cvmsg" \
      org.opencontainers.image.description="Keeps the ordered security-group lists of Tencent Cloud CVM instances equal to what git or the cluster declares." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${NODE_IMAGE}"
COPY --from=runtime /root-fs/ /
COPY --from=build /src/dist /app/dist
COPY package.json LICENSE /app/
WORKDIR /app
# One arena of memory: a program of one thread gains nothing from several, and each keeps what it once had.
ENV NODE_ENV=production MALLOC_ARENA_MAX=1
USER 65532:65532
EXPOSE 8080
# As process 1 the program handles SIGTERM itself; it starts no other processes that would have to be reaped. SIGUSR1 would
# open a debugger, which reads every secret of the process.
ENTRYPOINT ["/usr/local/bin/node", "--disable-sigusr1", "/app/dist/main.js"]
CMD ["run", "--kubernetes", "--http-listen=0.0.0.0:8080", "--log-format=json"]

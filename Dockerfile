# The program with its page, as an image that runs without root and without a writable folder. See docs/deployment.md.
# The versions here are those of the build outside containers; tests/it/deployment.rs holds them equal.

# The style compiler and wasm-opt, by the lock file in tools/.
FROM node:20-bookworm-slim AS page-tools
WORKDIR /tools
COPY tools/package.json tools/package-lock.json tools/.npmrc ./
RUN npm ci --omit=optional --ignore-scripts --loglevel=error

FROM rust:1.95.0-bookworm AS build
# Named here, so that rustup does not fetch what rust-toolchain.toml asks for besides: the formatter and clippy.
ENV RUSTUP_TOOLCHAIN=1.95.0
RUN rustup target add wasm32-unknown-unknown
# Tools without debug information are quicker to build.
ENV CARGO_PROFILE_DEV_DEBUG=false
ARG CARGO_LEPTOS_VERSION=0.3.10
RUN cargo install cargo-leptos --version "$CARGO_LEPTOS_VERSION" --debug --locked
# It does not install with the lock file it was published with, so this one resolves anew.
ARG WASM_BINDGEN_VERSION=0.2.130
RUN cargo install wasm-bindgen-cli --version "$WASM_BINDGEN_VERSION" --debug
COPY --from=page-tools /usr/local/bin/node /usr/local/bin/node
COPY --from=page-tools /tools /tools
ENV PATH=/tools/node_modules/.bin:$PATH
WORKDIR /build
# First the dependencies, with nothing of ours around them: this layer is made again only when they change.
COPY Cargo.toml Cargo.lock ./
COPY .cargo .cargo
RUN mkdir src style public && touch src/lib.rs style/main.scss && echo 'fn main() {}' >src/main.rs && \
    cargo leptos build --release --split --cargo-locked && rm -r src style target/site
COPY Leptos.toml ./
COPY public public
COPY style style
COPY src src
COPY tools/precompress.mjs /tools/
# Cargo goes by times, and these files may be older than the empty ones they replace.
RUN touch src/lib.rs src/main.rs && cargo leptos build --release --split --cargo-locked && \
    node /tools/precompress.mjs target/site

FROM debian:bookworm-slim
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Service Manager" \
      org.opencontainers.image.description="One live, authenticated page that shows and controls a back office's background services" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="$REVISION"
# For core banking by https and Redis by rediss.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
WORKDIR /app
# The program looks for hash.txt beside itself and for Leptos.toml in its working directory.
COPY --from=build /build/target/release/service-manager /build/target/release/hash.txt /build/Leptos.toml ./
COPY --from=build /build/target/site site
# Listening on every address of the container, it must be told by which one browsers come: PUBLIC_ORIGIN.
ENV LEPTOS_SITE_ADDR=0.0.0.0:3000 LEPTOS_SITE_ROOT=site
# By number, so that an engine can tell that it is not root.
USER 10001:10001
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 CMD ["/app/service-manager", "healthcheck"]
# The program is process 1 and hears SIGTERM itself.
ENTRYPOINT ["/app/service-manager"]
CMD ["serve"]

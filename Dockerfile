# Kiln in a small image.
#
#   docker build -t kiln .                                   the CPU renderer
#   docker build -t kiln --build-arg CUDA=1 .                and the CUDA renderer, for every supported GPU (x86_64)
#   docker run -p 8080:8080 -v kiln-data:/data kiln
#   docker run --gpus all -p 8080:8080 -v kiln-data:/data kiln
#
# --gpus needs NVIDIA's driver and its Container Toolkit on the host. The driver's library comes from there at run time;
# the CUDA runtime is linked into the binary, so the image holds nothing of NVIDIA's.

FROM debian:bookworm-slim AS build
ARG CUDA=0
# NVIDIA's name of the release, as in cuda-nvcc-13-0. It decides which drivers can run the image.
ARG CUDA_VERSION=13-0
WORKDIR /kiln
# The packages first: they stay in the builder's cache until the list changes.
COPY scripts/lib.sh scripts/install-dependencies scripts/
RUN scripts/install-dependencies --build
RUN if [ "$CUDA" = 1 ]; then CUDA_VERSION=$CUDA_VERSION scripts/install-dependencies --cuda; fi
COPY . .
RUN cmake --preset release -DKILN_TESTS=OFF -DKILN_CUDA="$([ "$CUDA" = 1 ] && echo ON || echo OFF)" \
      -DKILN_CUDA_ARCHITECTURES=all \
 && . scripts/lib.sh \
 && cmake --build --preset release -j "$(parallel_jobs 1500)" --target kiln \
 && strip build/release/kiln \
# The packages that own the libraries which the binary is linked to, so that the list below cannot fall behind.
 && ldd build/release/kiln | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p' | xargs -n 1 basename \
      | xargs -I LIBRARY sh -c 'dpkg-query --search "*/LIBRARY" | head -n 1' | sed 's/[:,].*//' | sort -u >runtime-packages

FROM debian:bookworm-slim
COPY --from=build /kiln/runtime-packages /tmp/
RUN apt-get -qq update \
 && DEBIAN_FRONTEND=noninteractive xargs apt-get -qq install -y --no-install-recommends ca-certificates </tmp/runtime-packages >/dev/null \
 && rm -rf /var/lib/apt/lists/* /tmp/runtime-packages \
 && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin kiln \
 && install -d -o kiln -g kiln /data
COPY --from=build /kiln/build/release/kiln /usr/local/bin/kiln
COPY docker/healthcheck /usr/local/bin/kiln-healthcheck
# The container's own address is the only one that a published port reaches.
ENV KILN_ADDRESS=0.0.0.0 KILN_PORT=8080 KILN_DATA=/data
# What NVIDIA's Container Toolkit reads where the host has it.
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER kiln
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["kiln-healthcheck"]
ENTRYPOINT ["kiln"]
CMD ["serve"]

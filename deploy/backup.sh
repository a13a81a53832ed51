#!/bin/sh
# A backup of the three databases and the attachments, while the system runs. `sh deploy/backup.sh DIRECTORY`
#
# Makes DIRECTORY/appeals-<UTC time>/ with a dump of each database, the attachments, checksums, and a manifest. It appears
# when it is whole. Exit code 1 with a backup that is there: attachments are missing or damaged, and are named.
#
# The order matters: each dump is one moment of its own database, and what is written later must never know less. The
# application first, then Temporal, then its lists: so no workflow is older than its tables (what a workflow knows and the
# tables do not, `appeals reconcile` writes again; the other way round an acknowledged action would be gone), and the lists
# lack nothing that is in the store (what they have too much, restore.sh takes out). With API and workers stopped, the
# three are of one moment. Attachments come after the application: their files never change, so all that it speaks of is
# there; what was uploaded meanwhile is too much, and harmless.
#
# The codec keys are not in it, only their ids: whoever has both can read everything. Keep them apart, and with them the
# other secrets: passwords, and those of outside bodies.
#
# Reads libpq's variables (PGHOST, PGPORT, PGUSER), PGPASSWORD_FILE, APPEALS_CODEC_KEYS_FILE, and APPEALS_ATTACHMENTS: the
# directory. A bucket (s3://…), or none: the attachments are left out, and it says so.
set -eu

[ $# -eq 1 ] || { echo "usage: $0 DIRECTORY" >&2; exit 2; }
if [ -n "${PGPASSWORD_FILE:-}" ]; then PGPASSWORD=$(cat "$PGPASSWORD_FILE"); export PGPASSWORD; fi
umask 077

attachments=${APPEALS_ATTACHMENTS:-}
case $attachments in
  "" | s3://*) echo "attachments are not in this backup: APPEALS_ATTACHMENTS names no directory" >&2; attachments= ;;
  *) [ -d "$attachments" ] || { echo "refused: no directory $attachments (APPEALS_ATTACHMENTS)" >&2; exit 1; } ;;
esac

name=appeals-$(date -u +%Y%m%dT%H%M%SZ)
draft=$1/.$name.partial
mkdir -p "$1"
mkdir "$draft"
trap 'rm -rf "$draft"' EXIT

ask() { psql --no-psqlrc --no-align --tuples-only --set ON_ERROR_STOP=1 --dbname "$1" --command "$2"; }

{
  echo "begun $(date -u +%Y-%m-%dT%H:%M:%SZ)"
  echo "server $(ask postgres 'SHOW server_version')"
  echo "schema $(ask appeals 'SELECT version_num FROM alembic_version')"
  sed -n 's/^\([A-Za-z0-9._-]*\):.*/codec-key \1/p' "${APPEALS_CODEC_KEYS_FILE:-/dev/null}"
  [ -z "$attachments" ] || echo "attachments"
} >"$draft/MANIFEST"

# Those that an appeal refers to; only these must be there. As storage/attachment_files.py lays them out.
[ -z "$attachments" ] || ask appeals "SELECT sha256 || '  ' || left(regexp_replace(id, '^.*-', ''), 2) || '/' || id
  FROM attachments WHERE number IS NOT NULL AND state <> 'expired' ORDER BY id" >"$draft/ATTACHMENTS"

for database in appeals temporal temporal_visibility; do
  echo "dumping $database"
  pg_dump --format=custom --dbname "$database" --file "$draft/$database.dump"
done

damaged=
if [ -n "$attachments" ]; then
  echo "copying attachments"
  mkdir "$draft/attachments"
  # An upload that nobody refers to may be cleared away meanwhile: what matters is checked below.
  cp -R "$attachments/." "$draft/attachments" || true
  find "$draft/attachments" -type f -name '.*' -exec rm -f {} + # being uploaded just then
  damaged=$(cd "$draft/attachments" && sha256sum --check --quiet ../ATTACHMENTS 2>/dev/null) || true
fi

echo "ended $(date -u +%Y-%m-%dT%H:%M:%SZ)" >>"$draft/MANIFEST"
(cd "$draft" && find . -maxdepth 1 -type f ! -name SHA256SUMS -exec sha256sum {} + >SHA256SUMS)
sync
mv "$draft" "$1/$name"
trap - EXIT
echo "$1/$name"
[ -z "$damaged" ] || { printf 'attachments are missing or damaged:\n%s\n' "$damaged" >&2; exit 1; }

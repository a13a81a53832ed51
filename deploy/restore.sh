#!/bin/sh
# Puts the three databases and the attachments back to a backup. `sh deploy/restore.sh DIRECTORY/appeals-<UTC time>`
#
# Stop the API, the workers and Temporal first: it refuses while anybody is connected. What is there now is replaced only
# when everything has been restored beside it, and stays as <database>_replaced_<time> until it is dropped by hand. Afterwards:
# start Temporal alone, `appeals reconcile --engine-restored`, `appeals audit verify`, then the workers and the API. (Workers
# that come first let timers that fell due write over what was answered.)
#
# Attachments go into the directory APPEALS_ATTACHMENTS, beside what is in it: a file that is there already stays, for none
# ever changes. Exit code 1 after all was restored: attachments are missing or damaged, and are named.
#
# Reads what backup.sh reads. The roles must exist (deploy/postgres/databases.sh).
set -eu

[ $# -eq 1 ] || { echo "usage: $0 BACKUP" >&2; exit 2; }
if [ -n "${PGPASSWORD_FILE:-}" ]; then PGPASSWORD=$(cat "$PGPASSWORD_FILE"); export PGPASSWORD; fi
backup=$1

ask() { psql --no-psqlrc --no-align --tuples-only --quiet --set ON_ERROR_STOP=1 --dbname postgres --command "$1"; }
refuse() { echo "refused: $1" >&2; exit 1; }
owner() { [ "$1" = appeals ] && echo appeals || echo temporal; }
databases="appeals temporal temporal_visibility"

(cd "$backup" && sha256sum --check --quiet SHA256SUMS) || refuse "the backup is damaged or not whole"

attachments=${APPEALS_ATTACHMENTS:-}
if [ ! -d "$backup/attachments" ]; then
  ! grep -qx attachments "$backup/MANIFEST" ||
    refuse "the backup had attachments, and they are not with it any more: copy $backup/attachments too"
  attachments=
elif [ -z "$attachments" ] || [ ! -d "$attachments" ]; then
  refuse "the backup has attachments, and APPEALS_ATTACHMENTS names no directory for them"
fi

sed -n 's/^codec-key //p' "$backup/MANIFEST" | while read -r key; do
  grep -q "^$key:" "${APPEALS_CODEC_KEYS_FILE:-/dev/null}" ||
    refuse "key $key is not in APPEALS_CODEC_KEYS_FILE: the histories in this backup could not be read"
done

connected() {
  ask "SELECT DISTINCT usename || '@' || datname FROM pg_stat_activity
       WHERE datname IN ('appeals', 'temporal', 'temporal_visibility') AND pid <> pg_backend_pid()"
}
someone=$(connected)
[ -z "$someone" ] || refuse "still connected: $(echo "$someone" | tr '\n' ' ')— stop API, workers and Temporal"

for database in $databases; do
  echo "restoring $database"
  ask "DROP DATABASE IF EXISTS ${database}_restored"
  ask "CREATE DATABASE ${database}_restored OWNER $(owner "$database") TEMPLATE template0"
  ask "REVOKE CONNECT, TEMPORARY ON DATABASE ${database}_restored FROM PUBLIC"
  pg_restore --exit-on-error --no-owner --role "$(owner "$database")" --dbname "${database}_restored" \
    "$backup/$database.dump"
done

# The lists were dumped last. What began after their store was dumped is in them alone: nobody could ever close it.
known=$(mktemp)
trap 'rm -f "$known"' EXIT
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname temporal_restored \
  --command "COPY (SELECT DISTINCT encode(run_id, 'hex') FROM executions) TO STDOUT" >"$known"
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname temporal_visibility_restored \
  --command "CREATE TEMPORARY TABLE known (run text PRIMARY KEY)" --command "COPY known FROM STDIN" \
  --command "DELETE FROM executions_visibility AS listed
    WHERE NOT EXISTS (SELECT FROM known WHERE run = replace(listed.run_id::text, '-', ''))" <"$known"

# Who resumes the event stream by a position from after the backup must not miss what gets that position now. Positions go
# on from the milliseconds of now: also of those that an earlier restore began to give out none comes again.
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname appeals_restored --output /dev/null \
  --command "SELECT setval(s, greatest(nextval(s) + 1000000, (extract(epoch FROM clock_timestamp()) * 1000)::bigint))
    FROM pg_get_serial_sequence('journal', 'position') AS s"

damaged=
if [ -n "$attachments" ]; then
  echo "restoring attachments"
  (cd "$backup/attachments" && tar --create --file - .) |
    (cd "$attachments" && tar --extract --file - --skip-old-files) ||
    refuse "the attachments could not be restored; no database was replaced"
  damaged=$(list=$(realpath "$backup/ATTACHMENTS") && cd "$attachments" && sha256sum --check --quiet "$list" 2>/dev/null) || true
fi

someone=$(connected)
[ -z "$someone" ] || refuse "somebody connected meanwhile: $(echo "$someone" | tr '\n' ' ')— nothing was replaced"
renames=
replaced=replaced_$(date -u +%Y%m%d%H%M%S) # a second restore must not take the place of what the first one put aside
for database in $databases; do
  renames="$renames ALTER DATABASE $database RENAME TO ${database}_$replaced;
    ALTER DATABASE ${database}_restored RENAME TO $database;"
done
ask "$renames" # one transaction: all three or none
echo "restored; what was there is kept in appeals_$replaced, temporal_$replaced and temporal_visibility_$replaced"
[ -z "$damaged" ] || { printf 'attachments are missing or damaged:\n%s\n' "$damaged" >&2; exit 1; }

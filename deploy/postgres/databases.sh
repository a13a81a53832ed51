#!/bin/sh
# The roles and the databases: one server, a database and a role for the application, two databases and a role for
# Temporal. Run once by the image on an empty directory, and by `make cluster`; running it again changes passwords only.
#
# Reads SECRETS (a directory, default /run/secrets) with appeals-database-password and temporal-database-password;
# the connection is libpq's own variables (PGHOST, PGPORT, PGUSER, PGPASSFILE).
set -eu

SECRETS=${SECRETS:-/run/secrets}
export SECRETS

role() { # role, its database …
  ROLE=$1
  export ROLE
  shift
  # The password is read by psql itself: on a command line everybody could see it.
  psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname postgres <<'SQL'
\set role `printf %s "$ROLE"`
\set password `tr -d '\n' < "$SECRETS/$ROLE-database-password"`
SELECT format('CREATE ROLE %I LOGIN', :'role') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
ALTER ROLE :"role" PASSWORD :'password';
SQL
  for database in "$@"; do
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set role="$ROLE" --set database="$database" --dbname postgres <<'SQL'
SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0', :'database', :'role')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
REVOKE CONNECT, TEMPORARY ON DATABASE :"database" FROM PUBLIC;
SQL
  done
}

role appeals appeals
role temporal temporal temporal_visibility

#!/bin/sh
# Temporal's two schemas: made when they are missing, else brought to the version of this release of its tool. Run it with
# the new release's tool before the new server starts; running it again changes nothing.
#
# Reads POSTGRES_HOST, POSTGRES_PORT and POSTGRES_PASSWORD_FILE.
set -eu

SQL_PLUGIN=postgres12_pgx
SQL_HOST=$POSTGRES_HOST
SQL_PORT=${POSTGRES_PORT:-5432}
SQL_USER=temporal
SQL_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE") # this process only: it stands in no container's settings
export SQL_PLUGIN SQL_HOST SQL_PORT SQL_USER SQL_PASSWORD

for SQL_DATABASE in temporal temporal_visibility; do
  export SQL_DATABASE
  schema=temporal
  [ "$SQL_DATABASE" = temporal ] || schema=visibility
  temporal-sql-tool setup-schema --version 0.0
  temporal-sql-tool update-schema --schema-name "postgresql/v12/$schema"
done

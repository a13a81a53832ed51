#!/bin/sh
# Makes the secrets that docker-compose.yml mounts, unless they are there. `sh deploy/secrets.sh [DIRECTORY]`
#
# Back the directory up apart from the databases: without codec-keys no running appeal can go on.
set -eu

directory=${1:-${APPEALS_SECRETS:-$(dirname "$0")/secrets}}
mkdir -p "$directory"
# Nobody but its owner enters; within, files are readable: the processes in the containers have users of their own.
chmod 700 "$directory"
cd "$directory"

random() { # that many bytes, in base64
  head -c "$1" /dev/urandom | base64 | tr -d '\n'
}

make() { # name, content
  [ -e "$1" ] && return
  printf '%s\n' "$2" >"$1.draft"
  chmod 444 "$1.draft"
  mv "$1.draft" "$1"
  echo "made $directory/$1"
}

for name in postgres-database-password appeals-database-password temporal-database-password grafana-admin-password; do
  make "$name" "$(random 24 | tr '+/' '-_')"
done
make codec-keys "k$(head -c 4 /dev/urandom | od -An -tx1 | tr -d ' \n'):$(random 32)"

#!/bin/sh
# The namespace, and how long closed histories stay in it; one that is there is kept. The search attributes are not made
# here: a worker makes known what its own release needs (worker/search_attributes.py).
#
# Reads TEMPORAL_ADDRESS.
set -eu

NAMESPACE=${NAMESPACE:-default}
RETENTION=${RETENTION:-90d}

until_it_works() { # for two minutes
  for _ in $(seq 240); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.5
  done
  "$@" # once more, to be heard
}

until_it_works temporal operator cluster health

if temporal operator namespace describe --namespace "$NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace update --namespace "$NAMESPACE" --retention "$RETENTION" >/dev/null
else
  temporal operator namespace create --namespace "$NAMESPACE" --retention "$RETENTION" >/dev/null
fi

# The server reads its namespaces every few seconds: a new one is not known everywhere at once.
until_it_works temporal operator search-attribute list --namespace "$NAMESPACE"

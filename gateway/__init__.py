"""The only room that speaks to the Temporal client: start, act, move a rehearsal's clock."""

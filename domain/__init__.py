"""Pure decisions about appeals: no await, no wall clock, no I/O; time is always an argument."""

"""Everything the processes stand on: settings, logs, the Temporal connection and its codec, the embedded engine."""

"""The pages that people use: templates, static files, and thin routes over the use cases of ``api`` (ADR 0030)."""

"""The durable order of things: what happens after what, and what is waited for."""

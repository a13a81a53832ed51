"""The HTTP API: short routes over the domain, the store and the gateway; every error an RFC 9457 problem."""

"""The channels by which people are reached: each takes an address and a text, and whatever happens is an answer."""

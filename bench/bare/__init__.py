"""The peer: what five durable steps with two rows each cost on the same engine without a product around them."""

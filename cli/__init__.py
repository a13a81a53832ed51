"""`appeals …`: puts the rooms together and runs them."""

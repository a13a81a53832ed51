"""``make bench``: the product beside a bare workflow on the same engine, and how much it holds and bears."""

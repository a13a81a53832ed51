"""Side effects, each idempotent, as classes whose collaborators are injected."""

"""Real runners on small projects: what they do, and what ci-gen must say about it."""

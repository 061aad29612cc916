"""Judges of what ci-gen publishes: emulators of vendors, and their own descriptions of their APIs."""

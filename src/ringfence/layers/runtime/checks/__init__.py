"""Faults of a container's confinement and of an engine's set-up: one file each, pure."""

"""Faults in how an application gets its dependencies: one file each, pure."""

"""Faults of a running kernel and of its settings: a file a check, facts in, outcome out. No check reads the machine."""

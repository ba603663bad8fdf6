"""The kernel storey: the running kernel, how it is set, and the processes on it grouped into containers.

It sees what the kernel itself says, under /proc, /sys and /boot. It never asks an engine about its containers (that is the
runtime storey's), and it judges no CVE by its preconditions (that is the graph's).
"""

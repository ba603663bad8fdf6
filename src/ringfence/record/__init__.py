"""Watching a workload: system calls, capabilities, files and sockets of a command or container, from inside the kernel.

What is seen becomes a `Recording` (`model.recording`), a document. Least-privilege profiles are made out of it by the pure
modules of `record.profiles`. Nothing here judges a workload: that is for the storeys and the graph.
"""

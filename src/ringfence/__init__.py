"""Ringfence: secures a container stack as one thing, from the kernel to the application."""

__version__ = "0.1.0"

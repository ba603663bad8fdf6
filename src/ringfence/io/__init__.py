"""The only doors to the world: files under a root, programs of this host, HTTP, packaged data, the clock.

Everything here takes what the outside gives, with a limit on it, and hands on bytes or narrow values; nothing here judges.
A door turns the operating system's and libraries' errors into Ringfence's own.
"""

"""Least-privilege profiles out of recordings, and what can be said about profiles: pure functions over frozen values.

Seccomp filters, capabilities, AppArmor and SELinux, a file each. Trying a profile out is for `record.verifying`.
"""

"""A file per form of image, and a file per package database found in one: bytes read through the doors, facts out.

`reading` has what the forms share.
"""

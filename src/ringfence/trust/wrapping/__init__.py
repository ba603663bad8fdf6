"""The schemes in which a layer's key is wrapped for whoever may open it: one file a scheme.

Each has `wrap(secret, recipients)`, `unwrap(blob, key)` and `named(blob)`, which says without any key for whom a blob is.
"""

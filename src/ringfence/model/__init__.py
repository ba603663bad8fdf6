"""The vocabulary: frozen, fully typed values that every room shares.

Here belongs a type that two storeys, or a storey and the rooms above it, must agree on. Nothing here reads, writes, asks
the clock or decides: properties and small total functions over one value at the most. A type only one storey knows belongs
in that storey's `facts`.
"""

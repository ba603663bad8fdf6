"""The five storeys of the stack, each with the same floor plan; they never import each other and meet in `model`."""

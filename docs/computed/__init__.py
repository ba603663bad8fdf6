"""Pages that are computed from what ships, a module a page. `docs/generate.py` writes them."""

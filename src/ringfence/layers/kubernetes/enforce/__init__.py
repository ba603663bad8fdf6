"""Changes that mend what checks find in manifests: planned here, purely; written by whoever asked for them."""

"""Sources of this storey: a walk over a source tree, and one reader for each form of lock file or manifest."""

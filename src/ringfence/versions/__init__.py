"""The order of versions: one file per scheme, pure, each a total order proven by property tests."""

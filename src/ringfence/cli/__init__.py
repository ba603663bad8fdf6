"""The command line: one file per command. Reads options, calls the engine, prints; decides nothing itself."""

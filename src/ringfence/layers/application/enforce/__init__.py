"""Plans for an application's own files: finding and facts to edits, pure. Lock files are their tools' to write."""

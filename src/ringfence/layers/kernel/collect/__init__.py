"""Where facts about a kernel come from: a file a source. Nothing here judges what it reads."""

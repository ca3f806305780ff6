"""The regulation as pure functions over frozen facts: one file a chapter, standard library only."""

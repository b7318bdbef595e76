"""The command line: one file per verb. Everything here can be done in the window too, by the same engine."""

"""Mutated files of every format, thrown at the door they come in by. Not collected by pytest: `make fuzz`."""

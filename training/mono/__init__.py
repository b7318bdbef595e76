"""How the network for one eye is made: furnished rooms, the network, the loop, the export, the judge. Not shipped."""

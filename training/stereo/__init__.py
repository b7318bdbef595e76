"""How the stereo network is made: generated pairs, the network, the loop, the export, the evaluation. Not shipped."""

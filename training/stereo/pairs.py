"""Pairs whose answer is known, as the benchmark reads them: one reader, so that both judge by the same truth."""

from benchmarks.stereo_pairs import DATA, KnownPair, known_pairs, read_pfm, sample_pairs

__all__ = ["DATA", "KnownPair", "known_pairs", "read_pfm", "sample_pairs"]

"""Runs: one video from its source to its files, with threads, progress, resume and provenance."""

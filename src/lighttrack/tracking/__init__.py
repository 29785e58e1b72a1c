"""The online framework of the paper."""

"""The networks of the paper as torch modules; they need the extra `train`."""

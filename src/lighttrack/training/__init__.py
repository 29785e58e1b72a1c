"""Training of the pose matcher (extra `train`)."""

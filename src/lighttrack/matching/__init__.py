"""Pose matching: how alike two poses are, whatever their place and size."""

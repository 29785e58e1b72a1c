"""Training of detectors (extra `train`)."""

from lighttrack.training.detection.recipe import Recipe, read_recipe, recipe_names
from lighttrack.training.detection.train import train_detector

__all__ = ["Recipe", "read_recipe", "recipe_names", "train_detector"]

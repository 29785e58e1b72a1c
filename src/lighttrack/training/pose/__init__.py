"""Training of pose networks (extra `train`)."""

from lighttrack.training.pose.recipe import Recipe, read_recipe, recipe_names
from lighttrack.training.pose.train import train_pose

__all__ = ["Recipe", "read_recipe", "recipe_names", "train_pose"]

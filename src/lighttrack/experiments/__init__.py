"""Experiments: grids of components over a data set, and the paper's ablation tables from them."""

from lighttrack.experiments.experiment import run_experiment
from lighttrack.experiments.plan import Cell, DetectorNoise, Plan, PoseNoise
from lighttrack.experiments.reading import read_plan

__all__ = ["Cell", "DetectorNoise", "Plan", "PoseNoise", "read_plan", "run_experiment"]

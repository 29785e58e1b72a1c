"""Experiments: grids of components over a data set, and the paper's ablation tables from them."""

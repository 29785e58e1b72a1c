from dataclasses import replace

import pytest

from lighttrack.training.recipes import RECIPES, learning_rate


def test_the_papers_rate_falls_to_a_tenth_at_each_milestone():
    paper = replace(RECIPES["paper"], steps=391)
    rates = [learning_rate(paper, epoch * paper.steps) for epoch in (0, 39, 40, 60, 80, 100, 199)]
    assert rates == pytest.approx([1e-3, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-7])


def test_the_default_rate_rises_and_falls_to_nothing():
    recipe = RECIPES["default"]
    total = recipe.epochs * recipe.steps
    rates = [learning_rate(recipe, step) for step in range(total)]
    assert max(rates) == pytest.approx(recipe.learning_rate)
    assert rates.index(max(rates)) == total // 10
    assert rates[0] < 0.05 * max(rates)
    assert rates[-1] < 0.01 * max(rates)

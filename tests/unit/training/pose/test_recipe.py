import pytest

from lighttrack.training.pose import read_recipe, recipe_names
from lighttrack.training.pose.recipe import Stage, learning_rate, shortened

PUBLISHED = ["paper-msra152", "paper-cpn101", "paper-mobilenet", "hrnet-w32", "hrnet-w48"]


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_papers_schedule_is_260_epochs_on_both_and_40_on_posetrack(name):
    recipe = read_recipe(name)
    first, second = recipe.stages
    assert (first.epochs, first.data, first.hardest) == (260, "all", 0)
    assert (second.epochs, second.data, second.hardest) == (40, "posetrack", 7)
    assert recipe.skeleton == "posetrack-15"
    assert recipe.input_size in ((192, 256), (288, 384))


def test_every_recipe_of_the_package_can_be_read():
    assert set(recipe_names()) == {*PUBLISHED, "small"}
    assert [read_recipe(name).name for name in recipe_names()] == list(recipe_names())


def test_only_cpn_is_supervised_from_coarse_to_fine():
    sigmas = {name: read_recipe(name).sigmas for name in recipe_names()}
    assert [name for name, each in sigmas.items() if len(each) > 1] == ["paper-cpn101"]
    coarse_to_fine = sigmas["paper-cpn101"]
    assert list(coarse_to_fine) == sorted(coarse_to_fine, reverse=True)


def test_other_epochs_are_shared_among_the_stages():
    recipe = read_recipe("paper-cpn101")
    assert [stage.epochs for stage in shortened(recipe, 30).stages] == [26, 4]
    assert [stage.epochs for stage in shortened(recipe, 2).stages] == [1, 1]
    assert shortened(recipe, 30).stages[0].milestones == (17, 22)
    with pytest.raises(ValueError, match="at least 2, one for each stage of recipe paper-cpn101"):
        shortened(recipe, 1)


def test_the_rate_warms_up_and_falls():
    stage = Stage(epochs=10, learning_rate=1.0, decay="cosine", warm_up=9)
    rates = [learning_rate(stage, batch, 10) for batch in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[9] == pytest.approx(1.0, abs=1e-3)
    assert rates[9:] == sorted(rates[9:], reverse=True)
    assert rates[-1] < 1e-3
    steps = Stage(epochs=3, learning_rate=1.0, milestones=(1, 2))
    assert [learning_rate(steps, 10 * epoch, 10) for epoch in range(3)] == [1.0, 0.1, 0.01]


WHOLE = '[network]\nfamily = "hrnet"\n[[stages]]\nepochs = 1\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("epochs = 3", "must have a table network"),
        ("batches = 3\n" + WHOLE, "unknown entry 'batches'; known: name, network"),
        ("batch = 'all'\n" + WHOLE, "batch must be like 32, got 'all'"),
        ("loss = 'huber'\n" + WHOLE, "loss must be one of mse, cross-entropy, got 'huber'"),
        ("input_size = [100, 128]\n" + WHOLE, "multiples of 32, got 100 x 128"),
        ("skeleton = 'coco'\n" + WHOLE, "unknown skeleton 'coco'; known: coco-17"),
        ("not toml", "is not TOML"),
    ],
)
def test_a_wrong_recipe_is_explained(tmp_path, text, told):
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=told):
        read_recipe(path)


def test_an_own_recipe_is_read_from_a_file(tmp_path):
    (tmp_path / "own.toml").write_text("padding = 1\n" + WHOLE)
    recipe = read_recipe(tmp_path / "own.toml")
    assert (recipe.name, recipe.padding, recipe.epochs) == ("own", 1.0, 1)
    with pytest.raises(ValueError, match="neither a TOML file nor one of hrnet-w32"):
        read_recipe("huge")

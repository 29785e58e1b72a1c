import re

import pytest

from lighttrack.models.catalog import asset_named, catalog
from lighttrack.models.contract import KINDS, configuration
from lighttrack.models.presets import PRESETS


@pytest.mark.parametrize("asset", catalog().values(), ids=lambda asset: asset.name)
def test_every_entry_is_whole(asset):
    assert asset.description
    assert asset.licence
    assert asset.paper
    assert asset.sources
    for source in asset.sources:
        assert source.files
        for file in source.files:
            assert file.sha256 is None or re.fullmatch("[0-9a-f]{64}", file.sha256)
            # A hash that the project does not know comes from a file that it has not seen.
            assert file.sha256 is not None or not source.tested
    for place in asset.places:
        assert place.address is None or place.address.startswith("https://")


# Exports of this project's own, which nobody serves.
WITHOUT_ADDRESS = {"picodet-s-pedestrian-416"}


@pytest.mark.parametrize("asset", catalog().values(), ids=lambda asset: asset.name)
def test_every_entry_can_be_had_from_two_places(asset):
    wanted = 0 if asset.name in WITHOUT_ADDRESS else 2
    assert len({str(place) for place in asset.places}) >= wanted


@pytest.mark.parametrize("asset", catalog().values(), ids=lambda asset: asset.name)
def test_every_network_states_a_contract_that_can_be_spoken(asset):
    if asset.role == "clip":
        return
    kind = KINDS[asset.contract["kind"]]
    assert kind.role == asset.role
    for source in asset.sources:
        contract = {**asset.contract, **source.contract}
        configuration(kind, contract, asset.name)
        assert len(source.files) >= kind.networks


def test_presets_name_a_detector_and_an_estimator_each():
    for preset in PRESETS.values():
        assert asset_named(preset.detector).role == "detector"
        assert asset_named(preset.estimator).role == "estimator"


def test_the_default_preset_needs_the_package_index_only():
    embedded = PRESETS[next(iter(PRESETS))]
    for name in (embedded.detector, embedded.estimator):
        assert all(source.wheel is not None for source in asset_named(name).sources)

import numpy as np
import pytest
from scipy import signal

from lighttrack.analysis.filters import FILTERS, Filter

RATE = 50.0
TIMES = np.arange(400) / RATE


def noisy(seed=0):
    random = np.random.default_rng(seed)
    path = np.sin(2 * np.pi * 0.7 * TIMES) * 20
    return path, path + random.normal(0, 3, len(TIMES))


@pytest.mark.parametrize("name", [n for n in FILTERS if n != "none"])
def test_every_filter_takes_out_noise_without_lag(name):
    path, seen = noisy()
    order = 2 if name == "savitzky_golay" else 4
    got = Filter(name, order=order, beta=0.01)(seen, RATE)
    assert np.std(got - path) < 0.8 * np.std(seen - path)
    lags = [np.corrcoef(np.roll(path, lag)[50:-50], got[50:-50])[0, 1] for lag in range(-5, 6)]
    assert int(np.argmax(lags)) - 5 in (-1, 0, 1)


def test_butterworth_is_that_of_sports2d():
    """Fourth order after both passes at 6 Hz, as its `butterworth_filter_1d`."""
    _, seen = noisy()
    b, a = signal.butter(2, 6 / (RATE / 2))
    np.testing.assert_allclose(Filter("butterworth")(seen, RATE), signal.filtfilt(b, a, seen))


@pytest.mark.parametrize("name", FILTERS)
def test_gaps_stay_gaps_and_short_ones_are_filled(name):
    _, seen = noisy()
    seen[100:150] = np.nan
    seen[200:205] = np.nan
    seen[-3:] = np.nan
    got = Filter(name)(np.stack([seen, seen], axis=1).reshape(-1, 1, 2), RATE)
    missing = np.isnan(got[:, 0, 0])
    assert got.shape == (400, 1, 2)
    assert np.flatnonzero(missing).tolist() == [*range(100, 150), 397, 398, 399]


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("length", [0, 1, 2, 5])
def test_what_is_too_short_is_left_as_it_is(name, length):
    values = np.arange(length, dtype=float)
    got = Filter(name)(values, RATE)
    assert got.shape == values.shape
    assert np.isfinite(got).all()


def test_a_cutoff_above_what_the_rate_can_hold_changes_nothing():
    _, seen = noisy()
    np.testing.assert_array_equal(Filter("butterworth", cutoff=30)(seen, RATE), seen)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "kalman"}, "unknown filter 'kalman'; known: butterworth, one_euro"),
        ({"cutoff": 0}, "cutoff must be above 0 Hz, got 0"),
        ({"order": 3}, "order must be 2 or more, and even for butterworth, got 3"),
        ({"window": 4}, "window must be odd and 3 or more, got 4"),
        ({"name": "savitzky_golay", "window": 3}, "window 3 must be above the order 4"),
    ],
)
def test_settings_that_make_no_sense_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Filter(**options)

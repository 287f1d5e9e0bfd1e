"""The forecast of a library of the field, statsforecast's AutoETS; an optional dependency."""

import warnings

from benchmarks.backtest.months import Month

try:
    import numpy as np
    from statsforecast.models import AutoETS
except ImportError:
    AutoETS = None

_WEEK = 7
_DAYS = 35
# Below two weeks, the library has no season to estimate.
_LEAST_DAYS = 14

IS_INSTALLED = AutoETS is not None


def auto_ets(month: Month) -> tuple[float, float, float] | None:
    """Forecast a remainder and its 80 % range from the newest 35 days; `None` with fewer than 14.

    The library has a range for each day. The range of the remainder is the sum of those of the days.
    """
    known = month.known[-_DAYS:]
    if AutoETS is None or len(known) < _LEAST_DAYS:
        return None
    with warnings.catch_warnings(action="ignore"):  # of models that it tries and does not choose
        made = AutoETS(season_length=_WEEK).forecast(y=np.array(known), h=month.remaining, level=[80])
    mean, low, high = (float(made[side].clip(min=0).sum()) for side in ("mean", "lo-80", "hi-80"))
    return mean, low, high

"""When a bewaartermijn has passed: arithmetic on the calendar and the clock of Europe/Amsterdam (rule R1).

Moments are whole microseconds since 1970-01-01T00:00:00Z. Python's calendar has the years 1 to 9999; what
lies beyond is moved by whole cycles of 400 years, in which calendar and weekdays repeat.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from verwerkingenlog.domain.bewaartermijn import Duur

_AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY: Final = _EPOCH.date().toordinal() - 1
_MICROSECOND: Final = timedelta(microseconds=1)
_DAY: Final = timedelta(days=1) // _MICROSECOND
_CYCLE_DAYS: Final = 146_097
_CYCLE: Final = _CYCLE_DAYS * _DAY
_FIRST: Final = (datetime(1, 1, 3, tzinfo=UTC) - _EPOCH) // _MICROSECOND
_LAST: Final = (datetime(9999, 12, 29, tzinfo=UTC) - _EPOCH) // _MICROSECOND


def expires_at(instant: int, duur: Duur | None) -> int | None:
    """Give the instant at which a term that starts at `instant` has passed, or None where it never ends.

    Equal to PostgreSQL's `timestamptz + interval` in a session with the time zone Europe/Amsterdam: months,
    then days, then time. P1M from 31 January ends on the last day of February. A local time that the clock
    skips is read with the offset from before, one that it shows twice is the second. (Of years before 1947
    the editions of the time zone database differ, by minutes; PostgreSQL may have another one.)
    """
    if duur is None:
        return None
    if duur.months:
        instant = _instant(_months_later(_local(instant), duur.months))
    if duur.days:
        instant = _instant(_local(instant) + duur.days * _DAY)
    return instant + duur.microseconds


def _months_later(local: int, months: int) -> int:
    days, time = divmod(local, _DAY)
    cycle, day = divmod(days + _EPOCH_DAY, _CYCLE_DAYS)
    start = date.fromordinal(day + 1)
    years, month = divmod((start.year - 1) * 12 + start.month - 1 + months, 12)
    cycles, year = divmod(years, 400)
    last = monthrange(year + 1, month + 1)[1]
    end = date(year + 1, month + 1, min(start.day, last)).toordinal() - 1
    return ((cycle + cycles) * _CYCLE_DAYS + end - _EPOCH_DAY) * _DAY + time


def _local(instant: int) -> int:
    """Give what the clock in Amsterdam shows at an instant, as if it were that time in UTC."""
    return instant + _offset(_comparable(instant).astimezone(_AMSTERDAM))


def _instant(local: int) -> int:
    """Give the instant at which the clock in Amsterdam shows this."""
    shown = _comparable(local).replace(tzinfo=_AMSTERDAM)
    return local - min(_offset(shown), _offset(shown.replace(fold=1)))


def _comparable(micros: int) -> datetime:
    """Give the moment, in another year with the same calendar and clock where Python has not its own."""
    if micros < _FIRST:
        micros = _FIRST + (micros - _FIRST) % _CYCLE
    elif micros > _LAST:
        micros = _LAST - (_LAST - micros) % _CYCLE
    return _EPOCH + timedelta(microseconds=micros)


def _offset(moment: datetime) -> int:
    offset = moment.utcoffset()
    return offset // _MICROSECOND if offset else 0

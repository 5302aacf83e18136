"""The whole story of Zevenbeek: what is logged, and what is changed afterwards."""

from datetime import datetime
from itertools import chain
from typing import NamedTuple

from verwerkingenlog.demo.events import EVENTS
from verwerkingenlog.demo.everyday import EVERYDAY
from verwerkingenlog.demo.telling import Calendar, Event, Vastlegging, Wijziging


class Story(NamedTuple):
    """What is to be logged, in any order, and the changes that come after all of it."""

    vastleggingen: tuple[Vastlegging, ...]
    wijzigingen: tuple[Wijziging, ...]


def tell(now: datetime) -> Story:
    """Tell the story counted back from `now`; the same moment gives the same story."""
    day = Calendar(now)
    events: tuple[Event, ...] = tuple(chain.from_iterable(tell_one(day) for tell_one in (*EVERYDAY, *EVENTS)))
    return Story(
        tuple(event for event in events if isinstance(event, Vastlegging)),
        tuple(event for event in events if not isinstance(event, Vastlegging)),
    )

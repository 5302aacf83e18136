"""The applications that this process knows, ready to check a token with."""

from collections.abc import Iterable
from dataclasses import dataclass

from joserfc.jwk import OctKey

from verwerkingenlog.domain.applicatie import Applicatie


@dataclass(frozen=True, slots=True, eq=False)
class Registration:
    """An application and its key. A change makes a new one, so what was proven under the old one lapses."""

    applicatie: Applicatie
    key: OctKey


class Registry:
    """The valid applications by client_id; `replace` is told of every change."""

    def __init__(self, applicaties: Iterable[Applicatie] = ()) -> None:
        self._registrations: dict[str, Registration] = {}
        self.replace(applicaties)

    def replace(self, applicaties: Iterable[Applicatie]) -> None:
        """Make these the valid applications; one that did not change keeps its registration."""
        self._registrations = {one.client_id: self._registration(one) for one in applicaties}

    def find(self, client_id: str) -> Registration | None:
        """Give the valid registration of a client; `None` if there is none."""
        return self._registrations.get(client_id)

    def _registration(self, applicatie: Applicatie) -> Registration:
        known = self._registrations.get(applicatie.client_id)
        if known and known.applicatie == applicatie:
            return known
        return Registration(applicatie, OctKey.import_key(applicatie.secret.encode()))

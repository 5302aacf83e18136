"""The addresses of what the APIs serve (rules P1, E4)."""

from msgspec import Struct


class Urls(Struct, frozen=True):
    """Makes addresses under `base`: scheme and host, without a slash at the end."""

    base: str

    def actie(self, actie_id: str) -> str:
        """Give the address of a verwerkingsactie, in the Bewerking API."""
        return f"{self.base}/bewerking/api/v1/verwerkingsacties/{actie_id}"

    def verwerkt_object(self, verwerkt_object_id: str) -> str:
        """Give the address of an occurrence of a person, in the Inzage API."""
        return f"{self.base}/inzage/api/v1/verwerkte-objecten/{verwerkt_object_id}"

    def acties_vervolg(self, cursor: str) -> str:
        """Give the address of a further page of verwerkingsacties or of their versions (rule G5)."""
        return f"{self.base}/bewerking/api/v1/verwerkingsacties/_vervolg/{cursor}"

    def objecten_vervolg(self, cursor: str) -> str:
        """Give the address of a further page of verwerkte objecten (rule G5)."""
        return f"{self.base}/inzage/api/v1/verwerkte-objecten/_vervolg/{cursor}"

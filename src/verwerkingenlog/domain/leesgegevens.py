"""What a reader tells about the reason of a read, for the entry that the read leaves (rules L1, L2)."""

from msgspec import Struct

from verwerkingenlog.domain.vertrouwelijkheid import Vertrouwelijkheid


class Leesgegevens(Struct, frozen=True, kw_only=True):
    """What the headers of a read say; `None` where a header was not given (rule L2)."""

    oin: str | None = None
    verwerkingsactiviteit_id: str | None = None
    verwerkingsactiviteit_url: str | None = None
    verwerking_id: str | None = None
    vertrouwelijkheid: Vertrouwelijkheid = Vertrouwelijkheid.NORMAAL
    bewaartermijn: str | None = None

"""The rounds of the bench: in each, the limit and both kinds of client have their turn."""

from msgspec import Struct, field

from bench import postgres, sealing
from bench.load import Order, Outcome, run
from bench.server import Server
from verwerkingenlog.storage.embedded import Cluster

CONNECTIONS = 64
_WARM_UP = 1.0
_MESSAGES_PER_TURN = 1_000_000


class Measured(Struct):
    """What the rounds gave, in order."""

    plain: list[float] = field(default_factory=list)
    """Rows per second by pgbench, the limit."""
    one_token: list[Outcome] = field(default_factory=list)
    token_each: list[Outcome] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    """Seconds that the oldest unsealed record waited, at each look while records were written."""
    size: int = 0
    """Bytes on disk of all records together."""

    @property
    def acknowledged(self) -> int:
        """How many records were answered with a 201, those of the warming up included."""
        return sum(outcome.acknowledged for outcome in self.one_token + self.token_each)


def measure(server: Server, cluster: Cluster, rounds: int, seconds: float) -> Measured:
    """Run the rounds, every other one in the opposite order.

    Raises `ValueError` where the log does not hold exactly what was acknowledged.
    """
    plain = postgres.Plain(cluster)
    empty = postgres.size(cluster)
    measured = Measured()
    first = 0

    def limit() -> None:
        measured.plain.append(plain.per_second(CONNECTIONS, seconds))

    def one_token() -> None:
        with sealing.watching(cluster, measured.waits):
            measured.one_token.append(run(_order(server, seconds, first, token_each=False)))

    def token_each() -> None:
        with sealing.watching(cluster, measured.waits):
            measured.token_each.append(run(_order(server, seconds, first, token_each=True)))

    for number in range(rounds):
        turns = [limit, one_token, token_each]
        for turn in turns if number % 2 == 0 else reversed(turns):
            turn()
            first += _MESSAGES_PER_TURN
    measured.size = postgres.size(cluster) - empty
    counted = postgres.counts(cluster)
    if counted != (measured.acknowledged, measured.acknowledged):
        raise ValueError(f"{measured.acknowledged} records were acknowledged, the log holds {counted}.")
    return measured


def _order(server: Server, seconds: float, first: int, *, token_each: bool) -> Order:
    return Order(
        port=server.port,
        client_id=server.client_id,
        secret=server.secret,
        connections=CONNECTIONS,
        warm_up=_WARM_UP,
        seconds=seconds,
        token_each=token_each,
        first=first,
    )

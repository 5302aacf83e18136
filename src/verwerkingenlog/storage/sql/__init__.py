"""The named queries: `query("versies/current")` is the text of `versies/current.sql` beside this file."""

from functools import cache
from importlib.resources import files


@cache
def query(name: str) -> str:
    """Return the SQL of a named query. Raises `FileNotFoundError` for a name that does not exist."""
    return files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8")

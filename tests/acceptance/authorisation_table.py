"""Who may do what, as tables to be read beside the standard (rules S2, P3, G3, G4, A1, U2, W2, D1, H1, I3).

Scopes of a caller, for the verb of the operation:

    geen          registered for the API, with no scope at all
    normaal       `verb:normal`
    vertrouwelijk `verb:confidential`
    beide         both
    andere        every scope but those of this verb
    niet          not registered for this API, with every scope of the other one

States of an actie:

    normaal       never confidential
    vertrouwelijk confidential now
    opgeheven     lifted: the present value is opgeheven
    weer-normaal  once confidential, the present value is normaal
    vervallen     deleted, never confidential
    vervallenV    deleted while confidential
    onbekend      does not exist

In a cell stands the status; in the tables of searches `+` is shown and `-` is left out. `*` stands for
every caller, filter or state that the rows above it do not name.
"""

from collections.abc import Collection, Iterator

CALLERS = ("geen", "normaal", "vertrouwelijk", "beide", "andere", "niet")
STATES = (
    "normaal",
    "vertrouwelijk",
    "opgeheven",
    "weer-normaal",
    "vervallen",
    "vervallenV",
    "onbekend",
)
VALUES = ("normaal", "vertrouwelijk", "opgeheven")
FILTERS = {
    "geen": "",
    "N": "normaal",
    "V": "vertrouwelijk",
    "O": "opgeheven",
    "N,V": "normaal,vertrouwelijk",
    "N,O": "normaal,opgeheven",
    "V,O": "vertrouwelijk,opgeheven",
    "N,V,O": "normaal,vertrouwelijk,opgeheven",
}

# S2: who is registered for Bewerking has create:normal without more.
POST = """
caller              | normaal vertrouwelijk opgeheven
vertrouwelijk beide | 201     201           403
niet                | 403     403           403
*                   | 201     403           403
"""

# Rows: the filter on vertrouwelijkheid, in first letters. It works on the klasse, so weer-normaal answers
# to opgeheven (G4, M8).
LIST = """
caller              filter | normaal vertrouwelijk opgeheven weer-normaal vervallen vervallenV onbekend
normaal             N      | +       -             -         -            -         -          -
normaal             *      | 403     403           403       403          403       403        403
vertrouwelijk beide geen   | +       +             +         +            -         -          -
vertrouwelijk beide N      | +       -             -         -            -         -          -
vertrouwelijk beide V      | -       +             -         -            -         -          -
vertrouwelijk beide O      | -       -             +         +            -         -          -
vertrouwelijk beide N,V    | +       +             -         -            -         -          -
vertrouwelijk beide N,O    | +       -             +         +            -         -          -
vertrouwelijk beide V,O    | -       +             +         +            -         -          -
vertrouwelijk beide N,V,O  | +       +             +         +            -         -          -
*                   *      | 403     403           403       403          403       403        403
"""

READ = """
caller              | normaal vertrouwelijk opgeheven weer-normaal vervallen vervallenV onbekend
normaal             | 200     403           403       403          404       404        404
vertrouwelijk beide | 200     200           200       200          404       404        404
*                   | 403     403           403       403          403       403        403
"""

HISTORY = """
caller              | normaal vertrouwelijk opgeheven weer-normaal vervallen vervallenV onbekend
vertrouwelijk beide | 200     200           200       200          200       200        404
*                   | 403     403           403       403          403       403        403
"""

# The proof of the current version: as READ, but that what is vervallen has one for who may read the history.
BEWIJS = """
caller              | normaal vertrouwelijk opgeheven weer-normaal vervallen vervallenV onbekend
normaal             | 200     403           403       403          404       404        404
vertrouwelijk beide | 200     200           200       200          200       200        404
*                   | 403     403           403       403          403       403        403
"""

# The proof of a version that others followed.
BEWIJS_EERDER = """
caller              | normaal vertrouwelijk opgeheven weer-normaal vervallen vervallenV onbekend
normaal             | 403     403           403       403          404       404        404
vertrouwelijk beide | 200     200           200       200          200       200        404
*                   | 403     403           403       403          403       403        403
"""

# Rows: the new value. A value that the caller may not give is a 403 before the state is looked at (S4);
# what does not exist now has no state that could forbid anything.
PUT = """
caller              value         | normaal vertrouwelijk opgeheven weer-normaal vervallen vervallenV onbekend
normaal             normaal       | 200     403           403       403          400       400        400
normaal             *             | 403     403           403       403          403       403        403
vertrouwelijk beide normaal       | 200     200           200       200          400       400        400
vertrouwelijk beide vertrouwelijk | 200     200           200       200          400       400        400
vertrouwelijk beide opgeheven     | 403     403           200       403          400       400        400
*                   *             | 403     403           403       403          403       403        403
"""

# The verwerking holds one actie of this state: alone, or beside one that is normaal ("ook-n").
PATCH_BEWAARTERMIJN = """
caller              with   | normaal vertrouwelijk opgeheven weer-normaal vervallen vervallenV onbekend
normaal             alleen | 204     403           403       403          400       400        400
normaal             ook-n  | 204     403           403       403          204       204        204
vertrouwelijk beide alleen | 204     204           204       204          400       400        400
vertrouwelijk beide ook-n  | 204     204           204       204          204       204        204
*                   *      | 403     403           403       403          403       403        403
"""

PATCH_VERTROUWELIJKHEID = """
caller              value | normaal vertrouwelijk opgeheven weer-normaal vervallen vervallenV onbekend
vertrouwelijk beide *     | 204     204           204       204          400       400        400
*                   *     | 403     403           403       403          403       403        403
"""

DELETE = """
caller              | normaal vertrouwelijk opgeheven weer-normaal vervallen vervallenV onbekend
normaal             | 204     403           403       403          400       400        400
vertrouwelijk beide | 204     204           204       204          400       400        400
*                   | 403     403           403       403          403       403        403
"""

# Inzage never shows what is vertrouwelijk, whatever the scope; what was lifted, to vertrouwelijk alone.
INZAGE_LIST = """
caller              | normaal vertrouwelijk opgeheven weer-normaal vervallen vervallenV onbekend
normaal             | +       -             -         -            -         -          -
vertrouwelijk beide | +       -             +         +            -         -          -
*                   | 403     403           403       403          403       403        403
"""

INZAGE_READ = """
caller              | normaal vertrouwelijk opgeheven weer-normaal vervallen vervallenV onbekend
normaal             | 200     404           404       404          404       404        404
vertrouwelijk beide | 200     404           200       200          404       404        404
*                   | 403     403           403       403          403       403        403
"""


def cells(table: str, middle: Collection[str] = ()) -> Iterator[tuple[str, str, str, str]]:
    """Give every cell as (caller, middle column or "", column, content), with each `*` written out."""
    head, *rows = (line.split("|") for line in table.strip().splitlines())
    columns = head[1].split()
    written: set[tuple[str, str]] = set()
    for row in rows:
        names, contents = row[0].split(), row[1].split()
        middles = [names.pop()] if middle else [""]
        callers = list(CALLERS) if names == ["*"] else names
        middles = list(middle) if middles == ["*"] else middles
        for key in [(caller, each) for caller in callers for each in middles]:
            if key in written:
                continue
            written.add(key)
            yield from ((*key, column, content) for column, content in zip(columns, contents, strict=True))
    assert len(written) == len(CALLERS) * max(1, len(middle)), "the table names each caller"

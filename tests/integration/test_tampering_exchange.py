"""Rule T3: what a superuser moves, exchanges, cuts off or puts back is found, and named for what it is."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.support.tampering import Copy, Tampering, named
from verwerkingenlog.ledger.checker import Checkpoint
from verwerkingenlog.ledger.checkpoint import sign_checkpoint
from verwerkingenlog.ledger.note import Signer
from verwerkingenlog.ledger.tiles import Growth, extend
from verwerkingenlog.operations.verificatie.bevinding import Soort, Wat
from verwerkingenlog.operations.verificatie.scan import Frame
from verwerkingenlog.operations.verificatie.tree import Tree
from verwerkingenlog.storage.database import connect

MANY = (
    "select v.volgnummer from versie v where v.betrokkene is not null"
    " and v.nummer = 1 and is_gezegeld(v.volgnummer) and v.klasse = 0 and v.tijdstip_tekst is null"
    " and v.actie_id not in (select actie_id from versie where nummer > 1)"
)
PAIR = f"(select min(volgnummer) from ({MANY}) x), (select max(volgnummer) from ({MANY}) x)"


@pytest.fixture
def copy(tampering: Tampering) -> Copy:
    return tampering.copy()


@pytest.fixture
def pair(copy: Copy) -> tuple[int, int]:
    """Give two sealed records, each the only version of its actie."""
    one, other = copy.do(f"select {PAIR}").split("|")
    assert one != other
    return int(one), int(other)


def exchange(table: str, columns: str, key: str, one: object, other: object) -> str:
    """Give what exchanges columns of two rows, past any unique index."""
    names = columns.split(", ")
    changes = ", ".join(f"{name} = x.{name}" for name in names)
    return (
        f"create temp table x as select case {key} when {one} then {other}::bigint else {one} end as naar,"
        f" {columns} from {table} where {key} in ({one}, {other});"
        f"update {table} set {changes} from x where {key} = naar and {key} = {one};"
        f"update {table} set {changes} from x where {key} = naar and {key} = {other};"
    )


def drop_unique(copy: Copy, table: str) -> None:
    copy.do(
        "do $$ declare name text; begin for name in select format('alter table %s drop constraint %I',"
        f" conrelid::regclass, conname) from pg_constraint where conrelid = '{table}'::regclass"
        " and contype = 'u' loop execute name; end loop; end $$"
    )


async def test_T3_records_that_changed_places_are_named(copy: Copy, pair: tuple[int, int]) -> None:
    one, other = pair
    copy.do(
        f"update versie set volgnummer = -1 where volgnummer = {one};"
        f"update versie set volgnummer = {one} where volgnummer = {other};"
        f"update versie set volgnummer = {other} where volgnummer = -1"
    )
    findings = await copy.verifier()
    assert {one.soort for one in findings} == {Soort.VERWISSELD}
    assert named(findings) == set(pair)


async def test_T3_a_record_under_another_number_is_named(copy: Copy, pair: tuple[int, int]) -> None:
    copy.do(f"update versie set volgnummer = 999999 where volgnummer = {pair[0]}")
    [finding] = await copy.verifier()
    assert (finding.soort, finding.plek.volgnummer) == (Soort.VERWISSELD, 999999)
    assert f"record {pair[0]}" in finding.uitleg


async def test_T3_a_record_in_the_place_of_another_is_named(copy: Copy, pair: tuple[int, int]) -> None:
    one, other = pair
    copy.do(
        f"delete from versie where volgnummer = {other};"
        f"create temp table v as select * from versie where volgnummer = {one};"
        f"update v set volgnummer = {other}; insert into versie select * from v;"
    )
    [finding] = await copy.verifier()
    assert (finding.soort, finding.plek.volgnummer) == (Soort.VERWISSELD, other)
    assert f"record {one}" in finding.uitleg


async def test_T3_exchanged_salts_are_named(copy: Copy, pair: tuple[int, int]) -> None:
    copy.do(exchange("versie", "zaad", "volgnummer", *pair))
    findings = await copy.verifier()
    assert named(findings) == set(pair)
    assert {one.soort for one in findings} == {Soort.VERWISSELD}
    assert all("zaad" in one.uitleg for one in findings)


async def test_T3_exchanged_rows_of_persons_are_named(copy: Copy) -> None:
    one, other = (
        copy.value(f"select {pick}(betrokkene) from voorkomen o where klasse = 0") for pick in ("min", "max")
    )
    records = copy.do(
        "select distinct versie from voorkomen"
        f" where betrokkene in ({one}, {other}) and nummer is not null"
        f" union select volgnummer from versie where afnemer in ({one}, {other})"
    )
    drop_unique(copy, "betrokkene")
    copy.do(exchange("betrokkene", "zoekindex, sleutel, cijfertekst, zoekindex_nieuw", "id", one, other))
    findings = await copy.verifier()
    assert {(f.soort, f.plek.wat) for f in findings} == {(Soort.VERWISSELD, Wat.BETROKKENE)}
    assert {f.plek.rij for f in findings} == {str(one), str(other)}
    assert named(findings) == {int(line) for line in records.splitlines()}


async def test_T3_the_ciphertext_of_another_person_is_named(copy: Copy) -> None:
    one = copy.value("select min(betrokkene) from voorkomen where klasse = 0")
    copy.do(
        f"update betrokkene set cijfertekst = (select cijfertekst from betrokkene where id <> {one} limit 1)"
        f" where id = {one}"
    )
    findings = await copy.verifier()
    assert (Soort.GEWIJZIGD, Wat.BETROKKENE, str(one)) in {
        (f.soort, f.plek.wat, f.plek.rij) for f in findings
    }
    assert {f.soort for f in findings} == {Soort.GEWIJZIGD, Soort.ONLEESBAAR}


async def test_T3_a_record_that_was_given_another_person_is_named(copy: Copy, pair: tuple[int, int]) -> None:
    number = pair[0]
    was = copy.value(f"select betrokkene from versie where volgnummer = {number}")
    other = copy.value(f"select max(betrokkene) from voorkomen where klasse = 0 and betrokkene <> {was}")
    copy.do(f"update versie set betrokkene = {other} where volgnummer = {number}")
    [finding] = await copy.verifier()
    assert (finding.soort, finding.plek.wat, finding.plek.volgnummer) == (
        Soort.VERWISSELD,
        Wat.VERSIE,
        number,
    )
    assert finding.plek.rij == str(other)
    assert f"naar {was}." in finding.uitleg


async def test_T3_two_persons_of_a_record_that_changed_places_are_named(copy: Copy) -> None:
    number = copy.value(
        "select min(versie) from (select versie from verwerkt_object where nummer is not null and"
        " is_gezegeld(versie) group by versie having count(distinct betrokkene) > 1) x"
    )
    copy.do(
        "create temp table x as select betrokkene, row_number() over () as n from (select distinct"
        f" betrokkene from verwerkt_object where versie = {number} order by 1 limit 2) y;"
        f"update verwerkt_object o set betrokkene = b.betrokkene from x a join x b on a.n = 3 - b.n"
        f" where o.versie = {number} and o.betrokkene = a.betrokkene"
    )
    findings = await copy.verifier()
    assert {f.soort for f in findings} == {Soort.VERWISSELD}
    assert named(findings) == {number}


@pytest.mark.parametrize("deep", ["records", "seals", "tree"])
async def test_T3_a_tail_that_was_cut_off_is_named(copy: Copy, tampering: Tampering, deep: str) -> None:
    numbers = [
        row["volgnummer"] for row in copy.rows("versie", "is_gezegeld(volgnummer)", "volgnummer desc limit 3")
    ]
    where = f"in ({', '.join(map(str, numbers))})"
    copy.do(
        f"delete from versie where volgnummer {where}; delete from verwerkt_object where versie {where};"
        " delete from opvolging o where not exists (select from versie v join versie f"
        " on f.actie_id = v.actie_id where f.volgnummer = o.actie and v.nummer = o.nummer)"
    )
    if deep != "records":
        first = copy.value("select max(blad) from zegel")
        since = f">= (select eerste from zegel where blad = {first})"
        copy.do(
            f"delete from versie where volgnummer {since} and is_gezegeld(volgnummer);"
            f"delete from beheer where volgnummer {since} and is_gezegeld(volgnummer);"
            f"delete from verwerkt_object where versie {since} and is_gezegeld(versie);"
            f"delete from zegel where blad = {first}"
        )
    if deep == "tree":
        rebuild(copy, first)
    findings = await copy.verifier([tampering.checkpoint])
    if deep == "records":
        assert {(f.soort, f.plek.wat) for f in findings} == {(Soort.VERWIJDERD, Wat.VERSIE)}
        assert named(findings) == set(numbers)
    elif deep == "seals":
        assert (Soort.VERWIJDERD, Wat.ZEGEL) in {(f.soort, f.plek.wat) for f in findings}
    else:
        assert (Soort.AFGEBROKEN, Wat.CHECKPOINT) in {(f.soort, f.plek.wat) for f in findings}


def leaves_of(copy: Copy) -> list[bytes]:
    hashes = copy.do(
        "select encode(hashes, 'hex') from (select nummer, hashes from tegel where niveau = 0 union all"
        " select 999999, hashes from rand where niveau = 0) x order by nummer"
    ).replace("\n", "")
    return [bytes.fromhex(hashes[i : i + 64]) for i in range(0, len(hashes), 64)]


def rebuild(copy: Copy, size: int, edited: int | None = None, signer: Signer | None = None) -> Growth:
    """Make the tree one of so many leaves, with one of them edited, without a trace within the tree."""
    leaves = leaves_of(copy)[:size]
    if edited is not None:
        leaves[edited] = bytes(32)
    growth = extend(0, (), leaves)
    tiles = "".join(
        f"insert into tegel values ({t.level}, {t.number}, '\\x{t.hashes.hex()}');" for t in growth.tiles
    )
    edges = "".join(
        f"insert into rand values ({level}, '\\x{hashes.hex()}');" for level, hashes in enumerate(growth.edge)
    )
    note = ""
    if signer is not None:
        checkpoint = Checkpoint(signer.verifier.name, growth.size, growth.root)
        note = f", checkpoint = $x${sign_checkpoint(checkpoint, [signer])}$x$"
    copy.do(
        f"delete from tegel; delete from rand; {tiles}{edges}"
        f"update kop set grootte = {size}, wortel = '\\x{growth.root.hex()}'{note}"
    )
    return growth


async def test_T3_an_old_backup_is_found_by_a_checkpoint_that_was_published(
    tampering: Tampering,
) -> None:
    old = tampering.copy()
    ahead = tampering.copy()
    published = await ahead.verifier.seal()
    assert await ahead.verifier([tampering.checkpoint, published]) == []
    [finding] = await old.verifier([published])
    assert (finding.soort, finding.plek.wat) == (Soort.AFGEBROKEN, Wat.CHECKPOINT)


async def test_T3_an_edited_leaf_is_named_and_its_record_is_not_blamed(
    copy: Copy, tampering: Tampering
) -> None:
    copy.do("update tegel set hashes = set_byte(hashes, 32 * 10, get_byte(hashes, 320) # 1) where niveau = 0")
    [finding] = await copy.verifier([tampering.checkpoint])
    assert (finding.soort, finding.plek.wat, finding.plek.rij) == (Soort.GEWIJZIGD, Wat.TEGEL, "0/0")
    assert "blad 10 " in finding.uitleg


async def test_T3_a_record_and_its_leaf_edited_together_are_found(copy: Copy, tampering: Tampering) -> None:
    leaves = leaves_of(copy)
    place = len(leaves) - 2
    number = copy.value(f"select max(eerste + {place} - blad) from zegel where blad <= {place}")
    copy.do(f"update versie set gebruiker = 'een ander' where volgnummer = {number}")
    copy.do(f"update beheer set wie = 'een ander' where volgnummer = {number}")
    rebuild(copy, len(leaves), place)
    findings = await copy.verifier([tampering.checkpoint])
    found = {(f.soort, f.plek.wat) for f in findings}
    assert {(Soort.AFGEBROKEN, Wat.KOP), (Soort.AFGEBROKEN, Wat.CHECKPOINT)} <= found
    assert number in named(findings)


async def test_T3_a_tree_signed_with_another_key_is_found(copy: Copy) -> None:
    naam = copy.do("select naam from kop")
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    copy.do(f"update sleutel set publiek = '\\x{public.hex()}' where doel = 'ondertekenen'")
    rebuild(copy, len(leaves_of(copy)), 3, Signer(naam, key))
    findings = await copy.verifier()
    assert {(Soort.GEWIJZIGD, Wat.SLEUTEL), (Soort.GEWIJZIGD, Wat.KOP)} <= {
        (f.soort, f.plek.wat) for f in findings
    }


async def test_T3_a_higher_tile_is_compared_with_those_under_it(copy: Copy) -> None:
    roots = [bytes([i % 256, i // 256]) * 16 for i in range(256 * 3)]
    growth = extend(0, (), roots)
    tiles = [(t.level + 1, t.number, t.hashes) for t in growth.tiles]
    connection = await connect(copy.url)
    try:
        await connection.executemany("insert into tegel values ($1, $2, $3)", tiles)
        frame = Frame("", 0, b"", {i + 1: hashes for i, hashes in enumerate(growth.edge)})
        tree = Tree()
        assert await tree.add(connection, roots) == []
        await connection.execute("set session_replication_role = replica")
        await connection.execute(
            "update tegel set hashes = set_byte(hashes, 5 * 32, 7) where niveau = 1 and nummer = 1"
        )
        await connection.execute("delete from tegel where niveau = 1 and nummer = 2")
        found = await Tree().add(connection, roots)
    finally:
        await connection.close()
    assert [(f.soort, f.plek.rij) for f in found] == [
        (Soort.GEWIJZIGD, "1/1"),
        (Soort.VERWIJDERD, "1/2"),
    ]
    assert "0/261 " in found[0].uitleg
    assert [f.plek.wat for f in tree.finish(frame._replace(rand={}), ())] == [Wat.RAND, Wat.KOP]

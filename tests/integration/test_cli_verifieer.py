"""`verwerkingenlog verifieer` as an administrator runs it (rule T3)."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.support.postgres import psql
from tests.support.verifying import Verifier
from verwerkingenlog.cli import main
from verwerkingenlog.storage.embedded import Cluster

Cli = Callable[..., Awaitable[tuple[int, str, str]]]
TAMPER = (
    "set session_replication_role = replica; update verwerkingenlog.versie set gebruiker = 'een ander'"
    " where volgnummer = (select min(volgnummer) from verwerkingenlog.versie where nummer = 1)"
)


@pytest.fixture
def cli(
    database: str,
    sleutels: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Cli:
    """Give what verifies the log, and gives its exit code, output and errors."""
    monkeypatch.setenv("VERWERKINGENLOG_DATABASE_URL", database)
    monkeypatch.setenv("VERWERKINGENLOG_SLEUTELS", str(sleutels))
    monkeypatch.setenv("VERWERKINGENLOG_DATA_DIR", str(tmp_path / "data"))

    async def run(*arguments: str) -> tuple[int, str, str]:
        try:
            code = await asyncio.to_thread(main, ["verifieer", *arguments])
        except SystemExit as end:
            code = int(str(end.code))
        out, err = capsys.readouterr()
        return code, out, err

    return run


async def test_T3_a_sound_log_exits_with_0(cli: Cli, verifier: Verifier, tmp_path: Path) -> None:
    await verifier.write_shapes()
    kept = tmp_path / "bewaard"
    kept.write_text(await verifier.seal(), "utf-8")
    code, out, _ = await cli("--checkpoint", str(kept))
    assert code == 0
    assert out.splitlines()[-1] == "Alles klopt."
    assert "2 checkpoints" in out


async def test_T3_findings_exit_with_1_and_name_no_person(
    cli: Cli, verifier: Verifier, cluster: Cluster, database: str
) -> None:
    await verifier.write_shapes()
    await verifier.seal()
    psql(cluster, TAMPER, url=database)
    code, out, _ = await cli("--processen", "1")
    assert code == 1
    assert out.startswith("gewijzigd: versie, record ")
    assert out.splitlines()[-1] == "Bevindingen: 1."
    code, out, _ = await cli("--json")
    assert code == 1
    [finding] = json.loads(out)["bevindingen"]
    assert finding["soort"] == "gewijzigd"
    assert finding["plek"].keys() == {"wat", "volgnummer", "actie_id", "versie"}
    assert "99999" not in out


async def test_T1_a_key_kept_elsewhere_must_have_signed(cli: Cli, verifier: Verifier, tmp_path: Path) -> None:
    await verifier.write_shapes()
    note = await verifier.seal()
    naam = note.partition("\n")[0]
    [own, *_] = verifier.log.ring.signers(naam)
    assert (await cli("--sleutel", own.verifier.text))[0] == 0
    other = own.verifier._replace(public=bytes(32))
    code, out, _ = await cli("--sleutel", other.text)
    assert code == 1
    assert "checkpoint" in out
    code, _, err = await cli("--sleutel", "geen sleutel")
    assert code == 2
    assert "--sleutel" in err
    code, _, err = await cli("--checkpoint", str(tmp_path / "nergens"))
    assert code == 2
    assert "nergens" in err


async def test_T3_the_published_checkpoint_is_found_by_itself(
    cli: Cli, verifier: Verifier, tmp_path: Path
) -> None:
    await verifier.write_shapes()
    note = await verifier.seal()
    published = tmp_path / "data" / "checkpoints" / "checkpoint"
    published.parent.mkdir(parents=True)
    published.write_text(note, "utf-8")
    assert (await cli())[0] == 0
    published.write_text(note.replace("\n—", "x\n—"), "utf-8")
    code, out, _ = await cli()
    assert code == 1
    assert out.startswith("gewijzigd: checkpoint")


async def test_T3_a_wrong_number_of_processes_is_refused(cli: Cli) -> None:
    for number in ("0", "-1", "veel"):
        code, _, err = await cli("--processen", number)
        assert code == 2
        assert "vanaf 1" in err


async def test_M7_a_ring_of_another_log_is_refused(cli: Cli, verifier: Verifier, sleutels: Path) -> None:
    await verifier.write_shapes()
    content = json.loads(sleutels.read_text("utf-8"))
    for key in content["sleutels"]:
        key["sleutel"] = key["sleutel"][::-1]
    sleutels.write_text(json.dumps(content), "utf-8")
    code, _, err = await cli()
    assert code == 2
    assert "andere database" in err

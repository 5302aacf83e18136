"""Settings: every one is read, refused with a sentence, and documented."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verwerkingenlog.config import MOST_WORKERS, Settings, as_markdown, declared, variable
from verwerkingenlog.errors import ConfigurationError

DOCS = Path(__file__).parents[2] / "docs" / "instellingen.md"
SECRET_URL = "postgresql://log:geheim@db.example:5432/log"


def load(**texts: str) -> Settings:
    return Settings.load({variable(name): text for name, text in texts.items()})


def refusal(**texts: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(**texts)
    return str(caught.value)


def test_no_setting_is_needed() -> None:
    settings = Settings.load({"XDG_DATA_HOME": "/srv/data"})
    assert settings.data_dir == Path("/srv/data/verwerkingenlog")
    assert settings.sleutels == Path("/srv/data/verwerkingenlog/sleutels.json")
    assert settings.database_url is None
    assert settings.basis_url == "http://127.0.0.1:8080"


def test_E2_the_largest_body_is_8_MiB_unless_set() -> None:
    assert load().max_body == 8 * 1024 * 1024


def test_E4_all_parts_are_served_unless_set() -> None:
    assert load().onderdelen == {"bewerking", "inzage", "bewijs"}
    assert load(onderdelen="Inzage").onderdelen == {"inzage"}


@pytest.mark.parametrize(("cores", "workers"), [(None, 1), (1, 1), (2, 2), (64, MOST_WORKERS)])
def test_each_core_has_a_worker_unless_set(
    cores: int | None, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    assert load().workers == workers
    assert load(workers="8").workers == 8


def test_M9_users_are_logged_unless_set() -> None:
    assert load().gebruikers_loggen is True
    assert load(gebruikers_loggen="nee").gebruikers_loggen is False


def test_L2_headers_are_not_demanded_unless_set() -> None:
    assert load().inzage_koppen_verplicht is False
    assert load(inzage_koppen_verplicht="JA").inzage_koppen_verplicht is True


def test_documentation_is_current() -> None:
    assert DOCS.read_text("utf-8") == as_markdown()


def test_a_data_dir_without_XDG_lies_in_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/log")
    assert load().data_dir == Path("/home/log/.local/share/verwerkingenlog")
    assert load(data_dir="~/log").data_dir == Path("/home/log/log")


def test_a_relative_XDG_DATA_HOME_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/log")
    assert Settings.load({"XDG_DATA_HOME": "data"}).data_dir == Path("/home/log/.local/share/verwerkingenlog")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("0.0.0.0", "http://localhost:9000"),  # noqa: S104 - text of a setting, nothing listens
        ("::", "http://localhost:9000"),
        ("::1", "http://[::1]:9000"),
        ("log.example", "http://log.example:9000"),
    ],
)
def test_basis_url_follows_from_host_and_port(host: str, expected: str) -> None:
    assert load(host=host, port="9000").basis_url == expected


def test_all_connect_by_database_url_where_it_is_the_only_one() -> None:
    settings = load(database_url=SECRET_URL)
    assert settings.database_url_migratie == settings.database_url_sleutels == SECRET_URL


def test_roles_connect_by_their_own_url() -> None:
    other = "postgresql://migratie@db.example/log"
    settings = load(database_url=SECRET_URL, database_url_migratie=other)
    assert (settings.database_url, settings.database_url_migratie) == (SECRET_URL, other)


def test_a_role_of_its_own_needs_a_database() -> None:
    assert "VERWERKINGENLOG_DATABASE_URL" in refusal(database_url_sleutels=SECRET_URL)


@pytest.mark.parametrize(
    ("text", "size"), [("2048", 2048), ("512KiB", 512 << 10), ("8 mib", 8 << 20), ("1GiB", 1 << 30)]
)
def test_a_size_has_a_unit_or_is_in_bytes(text: str, size: int) -> None:
    assert load(max_body=text).max_body == size


def test_a_uuid_is_kept_in_lower_case() -> None:
    settings = load(inzage_activiteit_id="5F0BEF4C-F66F-4311-84A5-19E8BF359EAF")
    assert settings.inzage_activiteit_id == "5f0bef4c-f66f-4311-84a5-19e8bf359eaf"


def test_an_empty_variable_counts_as_not_given() -> None:
    assert load(oin="", port=" ") == load()


WRONG = [
    ("host", "http://x"),
    ("host", "a b"),
    ("host", "a..b"),
    ("host", "a" * 64 + ".nl"),
    ("port", "0"),
    ("port", "65536"),
    ("port", "tachtig"),
    ("port", "-1"),
    ("workers", "0"),
    ("basis_url", "log.example"),
    ("basis_url", "ftp://log.example"),
    ("basis_url", "https://"),
    ("basis_url", "https://log.example/"),
    ("basis_url", "https://log.example?x"),
    ("basis_url", "https://log.example#x"),
    ("basis_url", "https://ik:geheim@log.example"),
    ("basis_url", "https://log.example:poort"),
    ("basis_url", "https://[log.example"),
    ("basis_url", "https://log .example"),
    ("onderdelen", "bewerking,uitzage"),
    ("onderdelen", ","),
    ("max_body", "1023"),
    ("max_body", "2 GiB"),
    ("max_body", "veel"),
    ("max_body", "8 MB"),
    ("database_url", "mysql://db/log"),
    ("database_url", "postgresql://db"),
    ("database_url", "postgresql://log:geheim@db:poort/log"),
    ("data_dir", "~niemand-zo-genaamd/log"),
    ("data_dir", "a\0b"),
    ("oin", "123"),
    ("oin", "0000000182100219300x"),
    ("inzage_activiteit_id", "5f0bef4cf66f431184a519e8bf359eaf"),
    ("inzage_activiteit_id", "activiteit 1"),
    ("inzage_activiteit_url", "activiteit"),
    ("inzage_activiteit_url", "https://var.example/a b"),
    ("inzage_koppen_verplicht", "misschien"),
    ("gebruikers_loggen", "2"),
    ("wachtrij", "0"),
    ("verbindingen", "1"),
    ("metrieken_port", "70000"),
    ("log_niveau", "luid"),
    ("traces", "localhost:4318"),
]


@pytest.mark.parametrize(("name", "text"), WRONG)
def test_a_setting_that_makes_no_sense_is_refused_by_its_name(name: str, text: str) -> None:
    message = refusal(**{name: text})
    assert message.startswith(f"{variable(name)}: ")
    assert message.endswith(".")
    assert "\n" not in message


def test_M7_a_refusal_never_repeats_what_was_given() -> None:
    assert "geheim" not in refusal(database_url="postgresql:/log:geheim@db/log")


def test_settings_do_not_show_their_secrets() -> None:
    assert "geheim" not in repr(load(database_url=SECRET_URL))


def test_all_faults_are_told_at_once() -> None:
    assert len(refusal(port="x", oin="1", poort="80").splitlines()) == 3


def test_a_misspelt_setting_is_refused_with_the_name_that_was_meant() -> None:
    assert "Bedoelt u VERWERKINGENLOG_DATABASE_URL?" in refusal(databaseurl=SECRET_URL)


def test_an_unknown_setting_is_refused() -> None:
    assert "bestaat niet" in refusal(kleur="groen")


def test_an_unknown_part_is_refused_with_the_parts_that_exist() -> None:
    assert "bewerking, inzage" in refusal(onderdelen="web")


@given(st.sampled_from(sorted(declared())), st.text(max_size=40))
def test_any_text_is_read_or_refused(name: str, text: str) -> None:
    try:
        load(**{name: text})
    except ConfigurationError as refused:
        assert variable(name) in str(refused)  # noqa: PT017 - most texts are refused, some are read


def test_M7_the_passphrase_of_the_key_ring_is_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "wachtzin"
    file.write_text("vier woorden op een rij\nen nog iets\n", "utf-8")
    for settings in (
        load(sleutels_wachtzin="vier woorden op een rij"),
        load(sleutels_wachtzin_bestand=str(file)),
    ):
        assert settings.sleutels_wachtzin == "vier woorden op een rij"
        assert "vier woorden" not in repr(settings)
    assert load().sleutels_wachtzin is None


def test_M7_a_passphrase_that_can_not_be_read_is_told(tmp_path: Path) -> None:
    file = tmp_path / "wachtzin"
    assert "niet te lezen" in refusal(sleutels_wachtzin_bestand=str(file))
    file.write_text("\nvier woorden op een rij", "utf-8")
    told = refusal(sleutels_wachtzin_bestand=str(file))
    assert "eerste regel" in told
    file.write_bytes(b"vier woorden \xff")
    told += refusal(sleutels_wachtzin_bestand=str(file))
    told += refusal(sleutels_wachtzin="vier woorden op een rij", sleutels_wachtzin_bestand=str(file))
    assert "niet allebei" in told
    assert "vier woorden" not in told

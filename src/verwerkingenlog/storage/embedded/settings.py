"""How the embedded server is set."""

SUPERUSER = "postgres"
DATABASE = "verwerkingenlog"
PORT = 5432
"""Part of the socket's name; the server listens on no network."""

FIRM = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    # Rule P2: what was answered with 201 is on disk.
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    # Rule M7: no value of a statement reaches the log, nor does an error, whose text may quote one.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_duration": "off",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    # A week of logs, one file a day.
    "logging_collector": "on",
    "log_destination": "stderr",
    "log_directory": "log",
    "log_filename": "postgresql-%a.log",
    "log_file_mode": "0600",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
}
"""Given at every start, so that no edited or older configuration file weakens them."""

TUNABLE = {
    "max_connections": "100",
    "shared_buffers": "128MB",
    "wal_compression": "on",
    # The queue of the sealer is used up in a moment: what it leaves must not pile up for a minute.
    "autovacuum_naptime": "10s",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
"""Written into a new data directory; an administrator may change them in its `postgresql.conf`."""


def server_options(socket_directory: str) -> list[str]:
    """Give the options with which `postgres` starts."""
    return _options({**FIRM, "unix_socket_directories": socket_directory})


def initdb_options(major: int) -> list[str]:
    """Give the options with which `initdb` makes a data directory that sorts alike on every machine."""
    provider = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if major >= 17 else []  # noqa: PLR2004
    return [
        f"--username={SUPERUSER}",
        "--auth-local=trust",
        "--auth-host=reject",
        "--encoding=UTF8",
        "--locale=C",
        *provider,
        "--data-checksums",
        *_options(TUNABLE),
    ]


def _options(settings: dict[str, str]) -> list[str]:
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

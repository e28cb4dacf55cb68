from pathlib import Path

import pytest

from seq2seq.errors import ConfigError
from server.config import ServerConfig, host_and_port, is_loopback, load


def test_later_sources_win(tmp_path: Path) -> None:
    """Flags beat variables, variables beat the file, the file beats the defaults."""
    path = tmp_path / "service.toml"
    path.write_text('grpc = "127.0.0.1:1"\nmax_rows = 1\nlame_duck_s = 1\n[limits]\ncontents = 7\n')

    config = load(path, {"max_rows": 3, "http": None}, {"SEQ2SEQ_MAX_ROWS": "2", "SEQ2SEQ_LAME_DUCK_S": "2"})

    assert (config.grpc, config.lame_duck_s, config.max_rows) == ("127.0.0.1:1", 2.0, 3)
    assert config.limits.contents == 7
    assert config.http == ServerConfig().http


def test_only_this_machine_is_served_when_nothing_is_said() -> None:
    """Both addresses are loopback."""
    config = ServerConfig()

    assert all(is_loopback(host_and_port(address)[0]) for address in (config.grpc, config.http))


def test_the_model_decides_on_its_precision_unless_it_is_named() -> None:
    """As with the commands."""
    assert ServerConfig().precision == "auto"
    assert load(None, {}, {"SEQ2SEQ_PRECISION": "float32"}).precision == "float32"


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ('precision = "int4"\n', "precision is 'int4'"),
        ("max_row = 3\n", "unknown key 'max_row'. Did you mean 'max_rows'?"),
        ('grpc = "50051"\n', "'50051' is no address; write HOST:PORT, such as 127.0.0.1:50051"),
        ('grpc = "127.0.0.1:65536"\n', "is no address"),
        ("grace_s = -1\n", "grace_s is -1"),
        ("grpc = \n", "not valid TOML"),
    ],
)
def test_a_wrong_setting_stops_the_start(tmp_path: Path, values: str, problem: str) -> None:
    """The message names the file and the setting."""
    path = tmp_path / "service.toml"
    path.write_text(values)

    with pytest.raises(ConfigError) as caught:
        load(path, {}, {})

    assert problem in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """It is not taken for an empty one."""
    with pytest.raises(ConfigError, match="there is no such file"):
        load(tmp_path / "none.toml", {}, {})


@pytest.mark.parametrize(
    ("address", "parts"),
    [("localhost:0", ("localhost", 0)), ("[::1]:80", ("::1", 80)), ("0.0.0.0:65535", ("0.0.0.0", 65535))],  # noqa: S104 — only read
)
def test_addresses_are_taken_apart(address: str, parts: tuple[str, int]) -> None:
    """Names, IPv4 and IPv6."""
    assert host_and_port(address) == parts


@pytest.mark.parametrize(
    ("host", "expected"), [("localhost", True), ("127.9.9.9", True), ("::1", True), ("10.0.0.1", False)]
)
def test_loopback_is_known(host: str, *, expected: bool) -> None:
    """Everything else gets a warning."""
    assert is_loopback(host) is expected

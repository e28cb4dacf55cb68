"""Settings of the service: a TOML file, then `SEQ2SEQ_*` variables, then flags; later wins."""

import os
import tomllib
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, field_validator

from seq2seq.config import Section, build
from seq2seq.errors import ConfigError

PREFIX = "SEQ2SEQ_"


class Limits(Section):
    """What one request may ask: `[limits]`."""

    contents: PositiveInt = 1_024
    codepoints: PositiveInt = 100_000  # of all contents together
    content_codepoints: PositiveInt = 10_000  # of one content
    attention_cells: PositiveInt = 900_000  # in one response: 4 bytes each
    message_bytes: PositiveInt = 4 * 2**20  # what gRPC clients receive when not told otherwise


class ServerConfig(Section):
    """The whole file; every setting has a variable `SEQ2SEQ_` and its name in capitals too."""

    grpc: str = "127.0.0.1:50051"  # host and port; port 0 takes any that is free
    http: str = "127.0.0.1:8080"  # the same; empty for no HTTP
    http_names: str = ""  # host names besides its own that HTTP answers to, with commas; "*" is any
    device: str = "auto"  # auto, cpu, cuda or such as cuda:1
    threads: PositiveInt | None = None  # of torch; None is torch's own choice
    precision: Literal["auto", "float32", "int8"] = "auto"  # auto: int8 where it can be and costs nothing
    max_rows: PositiveInt = 64  # hypotheses in one step of a model
    queue_tokens: PositiveInt = 500_000  # source tokens that may wait for a model
    default_deadline_s: PositiveFloat = 30.0  # of a call that has none
    max_deadline_s: PositiveFloat = 300.0  # a longer one is cut to this
    send_timeout_s: PositiveFloat = 20.0  # a stream whose reader takes nothing for so long is ended
    canary_s: PositiveFloat = 10.0  # a model idle for so long translates one piece to prove its health
    stall_s: PositiveFloat = 30.0  # a model that makes no step for so long while it has work is given up
    lame_duck_s: NonNegativeFloat = 5.0  # from SIGTERM, while not ready but still serving
    grace_s: NonNegativeFloat = 30.0  # after that, for calls in work
    limits: Limits = Field(default_factory=Limits)

    @field_validator("grpc", "http")
    @classmethod
    def _is_an_address(cls, address: str) -> str:
        if address:
            host_and_port(address)
        return address


def load(path: Path | None, flags: Mapping[str, object], environment: Mapping[str, str]) -> ServerConfig:
    """Read the settings.

    Args:
        path: a TOML file, or None.
        flags: what the command line says; a value of None says nothing.
        environment: variables such as SEQ2SEQ_GRPC; others than settings are ignored.

    Raises:
        ConfigError: a key is unknown, or a value does not fit.
    """
    values = {} if path is None else _read(path)
    names = [name for name in ServerConfig.model_fields if name != "limits"]
    variables = {name: environment.get(PREFIX + name.upper()) for name in names}
    values |= {name: text for name, text in variables.items() if text is not None}
    values |= {name: value for name, value in flags.items() if value is not None}
    return build(values, ServerConfig, where="server" if path is None else str(path))


def load_from_process(path: Path | None, flags: Mapping[str, object]) -> ServerConfig:
    """Read the settings with the variables of this process; raises as `load`."""
    return load(path, flags, os.environ)


def host_and_port(address: str) -> tuple[str, int]:
    """Take apart `127.0.0.1:50051`, `localhost:0` or `[::1]:50051`.

    Raises:
        ValueError: it is not of this form.
    """
    host, colon, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (colon and host and port.isascii() and port.isdecimal() and int(port) < 2**16):
        raise ValueError(f"'{address}' is no address; write HOST:PORT, such as 127.0.0.1:50051")
    return host, int(port)


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine only."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _read(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError("there is no such file", where=str(path), mend="Check the path.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"not valid TOML ({error})", where=str(path)) from error

# noqa: INP001 — a script beside the .proto, not a package
"""Generate seq2seq/v1/ from the .proto, or check its style with --lint."""

import argparse
import subprocess
import sys
import sysconfig
import tempfile
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc  # type: ignore[import-untyped]  # no stubs are published

ROOT = Path(__file__).parent
SOURCE = "seq2seq/v1/translation_service.proto"
INCLUDES = (  # ours, google/protobuf from grpcio-tools, google/rpc from googleapis-common-protos
    f"-I{ROOT}",
    f"-I{files('grpc_tools') / '_proto'}",
    f"-I{files('google.rpc') / '../..'}",
)


def generate(out: Path) -> None:
    """Write the messages, their stubs for type checkers, and the gRPC classes below `out`."""
    _protoc(f"--python_out={out}", f"--pyi_out={out}", f"--grpc_python_out={out}", SOURCE)
    for path in (out / SOURCE).parent.glob("*_pb2*.py*"):  # their types are not strict
        path.write_text("# mypy: ignore-errors\n" + path.read_text(encoding="utf-8"), encoding="utf-8")


def lint() -> int:
    """Run `buf lint` on a descriptor image, since buf alone would fetch google/rpc from the network."""
    buf = Path(sysconfig.get_path("scripts")) / "buf"
    with tempfile.TemporaryDirectory() as directory:
        image = Path(directory) / "image.binpb"
        _protoc(f"--descriptor_set_out={image}", "--include_imports", "--include_source_info", SOURCE)
        command = [str(buf), "lint", str(image), "--config", str(ROOT / "buf.yaml")]
        return subprocess.run(command, check=False).returncode  # noqa: S603 — our own file and our own buf


def _protoc(*arguments: str) -> None:
    if status := protoc.main(["protoc", *INCLUDES, *arguments]):
        sys.exit(status)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lint", action="store_true", help="check the style and generate nothing")
    parser.add_argument("--out", type=Path, default=ROOT.parent, help="root of the tree to write into")
    arguments = parser.parse_args()
    if arguments.lint:
        sys.exit(lint())
    generate(arguments.out)

"""The other systems: what they need, and how each comes into an environment of its own."""

import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = ROOT / "build" / "peers"
_OURS = sysconfig.get_path("purelib")  # where our packages are


class PeerMissingError(Exception):
    """A peer cannot be measured here; the message says which and why."""


@dataclass(frozen=True)
class System:
    """One that is measured by a worker of this folder."""

    name: str
    worker: str  # module
    requirements: tuple[str, ...]
    borrows: bool  # torch and what else it needs from our environment, instead of a second copy

    @property
    def directory(self) -> Path:
        """Where it is installed."""
        return ENVIRONMENTS / self.name.lower()

    @property
    def python(self) -> Path:
        """Its interpreter; ours where there is nothing to install."""
        return self.directory / "bin" / "python" if self.requirements else Path(sys.executable)

    def install(self) -> None:
        """Make its environment, unless there is one already.

        Raises:
            PeerMissingError: pip could not.
        """
        if not self.requirements:
            return
        stamp = self.directory / ".installed"
        wanted = "\n".join([*self.requirements, *([_OURS] if self.borrows else [])])
        if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
            return
        print(f"installing {', '.join(self.requirements)} into {self.directory}", flush=True)
        pip = [sys.executable, "-m", "pip", "--python", str(self.python), "install", "--quiet"]
        # They pin releases of torch and protobuf that are long gone, so that nothing is resolved for them.
        pip += ["--disable-pip-version-check", *(["--no-deps"] if self.borrows else []), *self.requirements]
        try:
            subprocess.run(  # noqa: S603 — our own interpreter
                [sys.executable, "-m", "venv", "--clear", "--without-pip", str(self.directory)], check=True
            )
            subprocess.run(pip, check=True)  # noqa: S603 — as above
        except (OSError, subprocess.CalledProcessError) as error:
            raise PeerMissingError(f"{self.name} could not be installed: {error}") from error
        if self.borrows:
            self._borrow()
        stamp.write_text(wanted, encoding="utf-8")

    def command(self, *arguments: str) -> list[str]:
        """Start its worker, from the root of the checkout."""
        return [str(self.python), "-W", "ignore", "-m", self.worker, *arguments]

    def _borrow(self) -> None:
        """Let it find our packages after its own: lines of a .pth file go to the end of the path."""
        (own,) = self.directory.glob("lib/python*/site-packages")
        (own / "borrowed.pth").write_text(_OURS + "\n", encoding="utf-8")


OURSELVES = System("seq2seq", "benchmarks.peers.seq2seq_worker", (), borrows=False)
CTRANSLATE2 = System(
    "CTranslate2", "benchmarks.peers.ctranslate2_worker", ("ctranslate2==4.8.5",), borrows=False
)
JOEYNMT = System(
    "JoeyNMT",
    "benchmarks.peers.joeynmt_worker",
    (
        "joeynmt==2.3.0",
        "importlib_metadata==7.2.1",  # 8 no longer has what it asks for
        "pyyaml==6.0.4",
        "subword-nmt==0.3.8",
        "tqdm==4.70.1",
        "zipp==4.1.2",
    ),
    borrows=True,
)
OPENNMT = System(
    "OpenNMT-py",
    "benchmarks.peers.opennmt_worker",
    (
        "OpenNMT-py==3.5.1",
        "configargparse==1.9.0",
        "pyahocorasick==2.3.1",
        "pyonmttok==1.38.1",
        "pyyaml==6.0.4",
        "rapidfuzz==3.14.6",
        "six==1.17.0",
    ),
    borrows=True,
)

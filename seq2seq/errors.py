"""Everything that a user can cause to go wrong.

    Seq2SeqError
    ├── UsageError           the command or the call makes no sense            exit 2
    ├── ConfigError          a setting is unknown, missing or contradictory    exit 2
    ├── InputError           the text or the options of a translation          exit 3
    │   └── SentenceTooLong  more pieces than the model takes
    ├── CorpusError          training or test data                             exit 3
    ├── ModelError           a model directory: missing, damaged, another version   exit 4
    ├── TrainingError        a run that cannot go on                           exit 1
    ├── DecodingError        the model produced something that is not a translation  exit 1
    │   └── NothingWritten   spaces alone, which whoever measures takes for a bad translation
    ├── ServiceError         a server: unreachable, too slow, or it refused    exit 5
    └── GateNotMet           a score below the one that was demanded           exit 6

Each says what is wrong (`problem`), where (`where`) and how to mend it (`mend`). A new class is
added only when a caller would act differently on it.
"""


class Seq2SeqError(Exception):
    """Something a user can mend.

    Args:
        problem: what is wrong, with the value received and the limit, in one sentence.
        where: file and line, field path, or option; empty when the problem says it all.
        mend: what to do about it, as a sentence; empty when there is nothing to do.
    """

    exit_code = 1

    def __init__(self, problem: str, *, where: str = "", mend: str = "") -> None:
        super().__init__(problem, where, mend)
        self.problem = problem
        self.where = where
        self.mend = mend

    def __str__(self) -> str:
        located = f"{self.where}: {self.problem}" if self.where else self.problem
        return f"{located}. {self.mend}" if self.mend else located


class UsageError(Seq2SeqError):
    """The command or the call makes no sense."""

    exit_code = 2


class ConfigError(Seq2SeqError):
    """A setting is unknown, missing or contradictory."""

    exit_code = 2


class InputError(Seq2SeqError):
    """The text or the options of a translation cannot be used."""

    exit_code = 3


class SentenceTooLong(InputError):
    """A sentence has more pieces than the model takes."""


class CorpusError(Seq2SeqError):
    """Training or test data cannot be read or used."""

    exit_code = 3


class ModelError(Seq2SeqError):
    """A model directory is missing, damaged or of another version."""

    exit_code = 4


class TrainingError(Seq2SeqError):
    """A training run cannot go on."""


class DecodingError(Seq2SeqError):
    """The model produced something that is not a translation, such as logits that are not finite."""


class NothingWritten(DecodingError):
    """The model wrote nothing but spaces: no answer to pass on, and an empty translation to be scored."""

    def __init__(
        self,
        problem: str = "the model wrote nothing but spaces",
        *,
        where: str = "",
        mend: str = "Use a larger beam, or another model.",
    ) -> None:
        super().__init__(problem, where=where, mend=mend)


class ServiceError(Seq2SeqError):
    """A server is unreachable or too slow, or it refused the call."""

    exit_code = 5


class GateNotMet(Seq2SeqError):
    """A score is below the one that was demanded."""

    exit_code = 6

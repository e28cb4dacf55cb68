"""A score that must be reached, for scripts that build on it."""

from seq2seq.errors import GateNotMet
from seq2seq.evaluation.evaluate import Evaluation


def check_gate(evaluation: Evaluation, fail_under: float) -> None:
    """Demand a BLEU of at least `fail_under`.

    Raises:
        GateNotMet: it is below.
    """
    bleu = evaluation.scores.bleu
    if not bleu.value >= fail_under:
        raise GateNotMet(
            f"BLEU is {bleu.value:.4f} and {fail_under:g} was demanded ({bleu.signature})",
            where=evaluation.name,
        )

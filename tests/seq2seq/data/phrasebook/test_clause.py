import pytest

from seq2seq.data.phrasebook.clause import NEVER, NO_LONGER, NOT, Action, Tense, clause, question
from seq2seq.data.phrasebook.lexicon import nouns, verb
from seq2seq.data.phrasebook.phrase import HE, SHE, THEY, WE, YOU, Clitic, I, NounPhrase, noun_phrase
from seq2seq.data.phrasebook.text import NOTHING, Text, ask, say

NOUNS = {noun.singular: noun for noun in nouns()}
BREAD = noun_phrase(NOUNS["bread"], "some")
KEY = noun_phrase(NOUNS["key"], "the")
CAR = noun_phrase(NOUNS["car"], "a")
EAT, OPEN = Action(verb("eat"), BREAD), Action(verb("open"), noun_phrase(NOUNS["door"], "the"))
GO = Action(verb("go"), tail=Text("to the station", "à la gare"))
SLEEP = Action(verb("sleep"), manner=Text("badly", "mal"))


@pytest.mark.parametrize(
    ("subject", "action", "tense", "negation", "english", "french"),
    [
        (I, EAT, Tense.PRESENT, NOTHING, "I eat some bread.", "Je mange du pain."),
        (I, EAT, Tense.PRESENT, NOT, "I do not eat any bread.", "Je ne mange pas de pain."),
        (HE, OPEN, Tense.PROGRESSIVE, NOTHING, "He is opening the door.", "Il ouvre la porte."),
        (I, OPEN, Tense.PAST, NOT, "I did not open the door.", "Je n'ai pas ouvert la porte."),
        (SHE, GO, Tense.PAST, NOTHING, "She went to the station.", "Elle est allée à la gare."),
        (
            WE,
            GO,
            Tense.PAST,
            NEVER,
            "We never went to the station.",
            "Nous ne sommes jamais allés à la gare.",
        ),
        (YOU, GO, Tense.PAST, NOTHING, "You went to the station.", "Vous êtes allé à la gare."),
        (
            THEY,
            EAT,
            Tense.PRESENT,
            NO_LONGER,
            "They no longer eat any bread.",
            "Ils ne mangent plus de pain.",
        ),
        (
            HE,
            Action(verb("have"), CAR),
            Tense.PRESENT,
            NOT,
            "He does not have a car.",
            "Il n'a pas de voiture.",
        ),
        (THEY, OPEN, Tense.HABIT, NOTHING, "They used to open the door.", "Ils ouvraient la porte."),
        (WE, EAT, Tense.FUTURE, NOTHING, "We will eat some bread.", "Nous mangerons du pain."),
        (I, OPEN, Tense.NEAR, NOT, "I am not going to open the door.", "Je ne vais pas ouvrir la porte."),
        (I, SLEEP, Tense.PAST, NOTHING, "I slept badly.", "J'ai mal dormi."),
    ],
)
def test_statements(  # noqa: PLR0913, PLR0917 — a row of the table
    subject: NounPhrase, action: Action, tense: Tense, negation: Text, english: str, french: str
) -> None:
    """Tense, negation, do-support and agreement, worked by hand."""
    assert say(clause(subject, action, tense, negation)) == Text(english, french)


@pytest.mark.parametrize(
    ("clitic", "tense", "english", "french"),
    [
        (KEY.clitic, Tense.PRESENT, "They find it.", "Ils la trouvent."),
        (KEY.clitic, Tense.PAST, "They found it.", "Ils l'ont trouvée."),
        (KEY.clitic, Tense.NEAR, "They are going to find it.", "Ils vont la trouver."),
        (Clitic("us", "nous", plural=True), Tense.PAST, "They found us.", "Ils nous ont trouvés."),
        (noun_phrase(NOUNS["shoe"], 2).clitic, Tense.PAST, "They found them.", "Ils les ont trouvées."),
    ],
)
def test_object_pronouns_precede_and_rule(clitic: Clitic, tense: Tense, english: str, french: str) -> None:
    """The pronoun stands before the verb, and the participle agrees with it."""
    assert say(clause(THEY, Action(verb("find"), clitic=clitic), tense)) == Text(english, french)


def test_indirect_pronouns_do_not_rule_the_participle() -> None:
    """Only a direct object before the verb rules it, and "lui" is none."""
    given = clause(I, Action(verb("give"), KEY, indirect=Text("her", "lui")), Tense.PAST)

    assert say(given) == Text("I gave her the key.", "Je lui ai donné la clé.")


def test_questions_use_est_ce_que() -> None:
    """One way to ask, so that a question has one translation."""
    assert ask(question(SHE, EAT, Tense.PAST)).french == "Est-ce qu'elle a mangé du pain ?"
    assert ask(question(YOU, OPEN, Tense.NEAR)).english == "Are you going to open the door?"

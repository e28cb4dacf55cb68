import pytest

from seq2seq.data.phrasebook.conjugation import PERSONS, Person, conjugate
from seq2seq.data.phrasebook.lexicon import verb


@pytest.mark.parametrize(
    ("infinitive", "forms"),
    [
        ("parler", "parle parle parlons parlez parlent"),
        ("manger", "mange mange mangeons mangez mangent"),
        ("commencer", "commence commence commençons commencez commencent"),
        ("acheter", "achète achète achetons achetez achètent"),
        ("préférer", "préfère préfère préférons préférez préfèrent"),
        ("appeler", "appelle appelle appelons appelez appellent"),
        ("nettoyer", "nettoie nettoie nettoyons nettoyez nettoient"),
        ("finir", "finis finit finissons finissez finissent"),
        ("attendre", "attends attend attendons attendez attendent"),
    ],
)
def test_regular_presents_are_derived(infinitive: str, forms: str) -> None:
    """The stem changes where the sound asks for it."""
    present = conjugate(infinitive).present

    assert [present[person] for person in PERSONS] == forms.split()


@pytest.mark.parametrize(
    ("base", "imparfait", "futur", "participle"),
    [
        ("be", "étions", "serons", "été"),
        ("have", "avions", "aurons", "eu"),
        ("eat", "mangions", "mangerons", "mangé"),
        ("begin", "commencions", "commencerons", "commencé"),
        ("buy", "achetions", "achèterons", "acheté"),
        ("prefer", "préférions", "préférerons", "préféré"),
        ("call", "appelions", "appellerons", "appelé"),
        ("study", "étudiions", "étudierons", "étudié"),
        ("send", "envoyions", "enverrons", "envoyé"),
        ("see", "voyions", "verrons", "vu"),
        ("take", "prenions", "prendrons", "pris"),
        ("wait for", "attendions", "attendrons", "attendu"),
        ("come back", "revenions", "reviendrons", "revenu"),
    ],
)
def test_other_tenses_follow_from_stems(base: str, imparfait: str, futur: str, participle: str) -> None:
    """Imparfait from the present, futur from its own stem."""
    forms = verb(base).french

    assert (forms.imparfait(Person.WE), forms.futur(Person.WE), forms.participle) == (
        imparfait,
        futur,
        participle,
    )


def test_the_imparfait_keeps_its_soft_consonant() -> None:
    """ç and ge stay before a and go before i."""
    begin, eat = verb("begin").french, verb("eat").french

    assert (begin.imparfait(Person.HE), eat.imparfait(Person.HE)) == ("commençait", "mangeait")
    assert verb("want").french.conditionnel(Person.I) == "voudrais"

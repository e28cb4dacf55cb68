"""Greetings, courtesies, and who people are."""

from seq2seq.data.phrasebook import lexicon
from seq2seq.data.phrasebook.clause import (
    NOT,
    Action,
    Tense,
    clause,
    copula,
    described,
    french_verb,
)
from seq2seq.data.phrasebook.draw import Draw
from seq2seq.data.phrasebook.english import possessive
from seq2seq.data.phrasebook.french import after_a, after_de
from seq2seq.data.phrasebook.numerals import english_number, french_number
from seq2seq.data.phrasebook.pattern import Pattern
from seq2seq.data.phrasebook.phrase import (
    HE,
    PRONOUNS,
    SHE,
    YOU,
    I,
    NounPhrase,
    name,
    noun_phrase,
    owner_of,
    some_object,
    someone,
    subject,
    the,
)
from seq2seq.data.phrasebook.text import COMMA, NOTHING, Text, ask, exclaim, say

IDIOMS = (
    ("Hello.", "Bonjour."),
    ("Good morning.", "Bonjour."),
    ("Good evening.", "Bonsoir."),
    ("Good night.", "Bonne nuit."),
    ("Goodbye.", "Au revoir."),
    ("Thank you.", "Merci."),
    ("Thank you very much.", "Merci beaucoup."),
    ("You are welcome.", "Je vous en prie."),
    ("Yes.", "Oui."),
    ("No.", "Non."),
    ("Yes, please.", "Oui, s'il vous plaît."),
    ("No, thank you.", "Non, merci."),
    ("Excuse me.", "Excusez-moi."),
    ("I am sorry.", "Je suis désolé."),
    ("How are you?", "Comment allez-vous ?"),
    ("I am well, thank you.", "Je vais bien, merci."),
    ("What is your name?", "Comment vous appelez-vous ?"),
    ("Nice to meet you.", "Enchanté."),
    ("See you soon.", "À bientôt."),
    ("See you tomorrow.", "À demain."),
    ("See you later.", "À plus tard."),
    ("Have a good day.", "Bonne journée."),
    ("Have a good evening.", "Bonne soirée."),
    ("Have a good trip.", "Bon voyage."),
    ("Enjoy your meal.", "Bon appétit."),
    ("Good luck.", "Bonne chance."),
    ("Happy birthday!", "Joyeux anniversaire !"),
    ("Happy New Year!", "Bonne année !"),
    ("Merry Christmas!", "Joyeux Noël !"),
    ("Congratulations!", "Félicitations !"),
    ("Cheers!", "Santé !"),
    ("Help!", "Au secours !"),
    ("Be careful!", "Faites attention !"),
    ("I do not understand.", "Je ne comprends pas."),
    ("I do not know.", "Je ne sais pas."),
    ("Do you speak English?", "Est-ce que vous parlez anglais ?"),
    ("Can you help me?", "Est-ce que vous pouvez m'aider ?"),
    ("Can you repeat that, please?", "Est-ce que vous pouvez répéter, s'il vous plaît ?"),
    ("What time is it?", "Quelle heure est-il ?"),
    ("How much is it?", "C'est combien ?"),
    ("Where are you?", "Où êtes-vous ?"),
    ("Where do you live?", "Où est-ce que vous habitez ?"),
    ("Where do you come from?", "D'où venez-vous ?"),
    ("How old are you?", "Quel âge avez-vous ?"),
    ("What is this?", "Qu'est-ce que c'est ?"),
    ("Who is it?", "Qui est-ce ?"),
    ("Of course.", "Bien sûr."),
    ("All right.", "D'accord."),
    ("It does not matter.", "Ce n'est pas grave."),
    ("Maybe.", "Peut-être."),
    ("I agree.", "Je suis d'accord."),
    ("It is true.", "C'est vrai."),
    ("It is a pity.", "C'est dommage."),
    ("Welcome to France.", "Bienvenue en France."),
    ("The bill, please.", "L'addition, s'il vous plaît."),
    ("I am lost.", "Je suis perdu."),
    ("I love you.", "Je vous aime."),
    ("I am in a hurry.", "Je suis pressé."),
    ("I am from here.", "Je suis d'ici."),
    ("What is the date today?", "Quelle est la date aujourd'hui ?"),
)
_WISHES = (
    ("Hello", "Bonjour"),
    ("Good evening", "Bonsoir"),
    ("Good night", "Bonne nuit"),
    ("Goodbye", "Au revoir"),
    ("Thank you", "Merci"),
    ("Happy birthday", "Joyeux anniversaire"),
    ("Congratulations", "Félicitations"),
    ("Good luck", "Bonne chance"),
    ("See you soon", "À bientôt"),
    ("See you tomorrow", "À demain"),
)


def idiom(draw: Draw) -> Text:
    """Hello. / Bonjour."""
    return Text(*draw.one(IDIOMS))


def two_idioms(draw: Draw) -> Text:
    """Good evening. How are you? / Bonsoir. Comment allez-vous ?

    No sentence comes twice in a corpus, and an idiom that comes once is not learnt.
    """
    return Text(*draw.one(IDIOMS)) + Text(*draw.one(IDIOMS))


def greet(draw: Draw) -> Text:
    """Good evening, Marie! / Bonsoir, Marie !"""
    titles = (Text("sir", "monsieur"), Text("madam", "madame"))
    whom = name(draw) if draw.chance(0.8) else draw.one(titles)
    return exclaim(Text(*draw.one(_WISHES)) + COMMA + whom)


def introduce_name(draw: Draw) -> Text:
    """Her name is Marie. / Elle s'appelle Marie."""
    person = name(draw)
    opening = draw.one(
        (Text("my name is", "je m'appelle"), Text("her name is", "elle s'appelle"))
        if person.feminine
        else (Text("my name is", "je m'appelle"), Text("his name is", "il s'appelle"))
    )
    return say(opening + person)


def introduce(draw: Draw) -> Text:
    """This is my brother. / C'est mon frère."""
    noun = draw.noun("family", "close", "small", "garment")
    who = noun_phrase(noun, owner_of(draw, noun), plural="single" not in noun.kinds and draw.chance(0.3))
    if draw.chance(0.5):
        return say(Text("here are" if who.plural else "here is", "voici") + who)
    return say(Text("these are", "ce sont") + who if who.plural else Text("this is", "c'est") + who)


def how_is(draw: Draw) -> Text:
    """How is your mother? / Comment va votre mère ?"""
    noun = draw.noun("family", "close")
    plural = draw.chance(0.3) and "single" not in noun.kinds
    who = noun_phrase(noun, owner_of(draw, noun), plural=plural)
    if draw.chance(0.3):
        who = name(draw)
    return ask(Text("how are", "comment vont") + who if who.plural else Text("how is", "comment va") + who)


def thank_for(draw: Draw) -> Text:
    """Thank you for the letter. / Merci pour la lettre."""
    noun = draw.noun("small", "text", "snack", "garment", "food", "drink")
    phrase = noun_phrase(noun, draw.one(["the", "your"]), plural=not noun.is_mass and draw.chance(0.3))
    return say(Text("thank you for", "merci pour") + phrase)


def say_hello_to(draw: Draw) -> Text:
    """Say hello to the children. / Dites bonjour aux enfants."""
    whom = someone(draw) if draw.chance(0.5) else some_object(draw, draw.noun("family", "close"), plain=True)
    what = draw.one((("hello", "bonjour"), ("goodbye", "au revoir"), ("thank you", "merci")))
    return say(Text(f"say {what[0]} to {whom.english}", f"dites {what[1]} {after_a(whom.french)}"))


def comes_from(draw: Draw) -> Text:
    """Paul comes from Japan. / Paul vient du Japon."""
    place = draw.place("city", "country")
    action = Action(draw.use("come from"), tail=Text(place.english, place.origin))
    return say(clause(subject(draw), action, Tense.PRESENT, NOT if draw.chance(0.2) else NOTHING))


def nationality(draw: Draw) -> Text:
    """My wife is Italian. / Ma femme est italienne."""
    who = subject(draw)
    adjective = draw.adjective_for(frozenset({"nation"}))
    return say(who + copula(who, negation=NOT if draw.chance(0.25) else NOTHING) + described(who, adjective))


def profession(draw: Draw) -> Text:
    """He is a doctor. / Il est médecin."""
    who = draw.one(PRONOUNS) if draw.chance(0.5) else name(draw)
    noun = draw.noun("profession" if who.feminine else "job")
    many = who.plural
    phrase = Text(
        noun.plural if many else noun_phrase(noun, "a").english, noun.french_plural if many else noun.french
    )
    tense = draw.one([Tense.PRESENT, Tense.PRESENT, Tense.PAST])
    return say(who + copula(who, tense, NOT if draw.chance(0.2) else NOTHING) + phrase)


def age(draw: Draw) -> Text:
    """Marie is twenty-one years old. / Marie a vingt et un ans."""
    who, years = subject(draw), draw.number(2, 99)
    avoir = Action(draw.use("have"))
    return say(
        who
        + copula_of_age(who, avoir)
        + Text(f"{english_number(years)} years old", f"{french_number(years)} ans")
    )


def copula_of_age(who: NounPhrase, avoir: Action) -> Text:
    """Pair "is" with "a"."""
    return Text(copula(who).english, french_verb(who, avoir, Tense.PRESENT, ""))


def feeling(draw: Draw) -> Text:
    """They were not hungry. / Ils n'avaient pas faim."""
    who, tense = subject(draw), draw.one([Tense.PRESENT, Tense.PAST])
    negation = NOT if draw.chance(0.3) else NOTHING
    french_tense = Tense.PRESENT if tense is Tense.PRESENT else Tense.HABIT
    avoir = french_verb(who, Action(draw.use("have")), french_tense, negation.french)
    return say(who + Text(copula(who, tense, negation).english, avoir) + draw.word("feeling"))


def pain(draw: Draw) -> Text:
    """Paul's back hurts. / Paul a mal au dos."""
    owner, who = draw.one((("my", I), ("his", HE), ("her", SHE), ("your", YOU)))
    if draw.chance(0.6):
        who = name(draw) if draw.chance(0.5) else _relative(draw)
        owner = possessive(who.english)
    part = draw.word("body")
    avoir = french_verb(who, Action(draw.use("have")), Tense.PRESENT, "")
    return say(Text(f"{owner} {part.english} hurts", f"{who.french} {avoir} mal {after_a(part.french)}"))


def lives_in(draw: Draw) -> Text:
    """My aunt lives in Athens. / Ma tante habite à Athènes."""
    place = draw.place("city", "country")
    action = Action(draw.use("live"), tail=Text(f"in {place.english}", place.inside))
    tense = draw.one([Tense.PRESENT, Tense.PRESENT, Tense.HABIT, Tense.FUTURE])
    return say(clause(subject(draw), action, tense))


def speaks(draw: Draw) -> Text:
    """We do not speak Greek. / Nous ne parlons pas grec."""
    action = Action(draw.use("speak"), tail=draw.word("language"))
    return say(clause(subject(draw), action, Tense.PRESENT, NOT if draw.chance(0.3) else NOTHING))


def wants_to_learn(draw: Draw) -> Text:
    """She wants to learn Arabic. / Elle veut apprendre l'arabe."""
    who = subject(draw)
    language = draw.word("language")
    learn = draw.use("learn")
    wish = clause(who, Action(draw.use("want")), Tense.PRESENT, NOT if draw.chance(0.2) else NOTHING)
    return say(wish + Text(f"to learn {language.english}", f"{learn.french.infinitive} le {language.french}"))


def _relative(draw: Draw) -> NounPhrase:
    noun = draw.noun("family", "close")
    return noun_phrase(noun, owner_of(draw, noun))


def friend_of(draw: Draw) -> Text:
    """Paul is the director's brother. / Paul est le frère du directeur."""
    who = name(draw)
    relation = draw.entry([noun for noun in lexicon.nouns_of("family") if noun.feminine == who.feminine])
    owner = the(draw.noun("job", "close"))
    return say(
        who
        + copula(who)
        + Text(f"{owner.english}'s {relation.singular}", f"{the(relation).french} {after_de(owner.french)}")
    )


PATTERNS = (
    Pattern(idiom, 2.0, is_idiom=True),
    Pattern(two_idioms, 6.0, is_idiom=True),
    Pattern(greet, 0.8),
    Pattern(introduce_name, 0.2),
    Pattern(introduce, 0.8),
    Pattern(how_is, 0.6),
    Pattern(thank_for),
    Pattern(say_hello_to, 0.8),
    Pattern(comes_from),
    Pattern(nationality, 1.4),
    Pattern(profession),
    Pattern(age),
    Pattern(feeling, 1.3),
    Pattern(pain, 0.8),
    Pattern(lives_in),
    Pattern(speaks, 0.8),
    Pattern(wants_to_learn, 0.6),
    Pattern(friend_of),
)

"""Shopping: prices, quantities, wishes."""

from seq2seq.data.phrasebook.clause import NOT, Action, Tense, clause, copula, described
from seq2seq.data.phrasebook.draw import Draw
from seq2seq.data.phrasebook.lexicon import Noun
from seq2seq.data.phrasebook.numerals import english_number, french_count, french_number
from seq2seq.data.phrasebook.pattern import Pattern
from seq2seq.data.phrasebook.patterns.questions import PLEASE
from seq2seq.data.phrasebook.phrase import NounPhrase, noun_phrase, some_object, someone, subject, the
from seq2seq.data.phrasebook.text import AND, NOTHING, Text, ask, listing, say

GOODS = ("thing", "garment", "furniture")


def goods(draw: Draw) -> NounPhrase:
    """Choose something with a price: "this dress", "these red shoes"."""
    noun = draw.noun(*GOODS)
    adjective = draw.adjective_for(noun.kinds, beside_noun=True) if draw.chance(0.3) else None
    return noun_phrase(noun, draw.one(["this", "this", "the"]), plural=draw.chance(0.3), adjective=adjective)


def amount(draw: Draw, noun: Noun) -> Text:
    """Choose a quantity of some food: "two kilos of apples", "deux kilos de pommes"."""
    if noun.kinds & {"drink", "liquid"}:
        measure = draw.word("vessel")
    else:
        measure = draw.word("measure") if noun.is_mass else draw.word("box", "measure")
    if not noun.is_mass and measure.english == "a little":
        measure = Text("a lot", "beaucoup")
    word = Text(noun.singular, noun.french) if noun.is_mass else Text(noun.plural, noun.french_plural)
    return (
        Text(f"{measure.english} of" if measure.english != "a little" else "a little", f"{measure.french} de")
        + word
    )


def asks_price(draw: Draw) -> Text:
    """How much does this dress cost? / Combien coûte cette robe ?"""
    what = goods(draw)
    verb = draw.use("cost").french.present[what.person]
    return ask(
        Text(
            f"how much {'do' if what.plural else 'does'} {what.english} cost", f"combien {verb} {what.french}"
        )
    )


def price(draw: Draw) -> Text:
    """These shoes cost eighty euros. / Ces chaussures coûtent quatre-vingts euros."""
    euros = draw.one((draw.number(2, 100), draw.number(2, 1_000), 10 * draw.number(1, 30)))
    cost = Action(draw.use("cost"), tail=Text(f"{english_number(euros)} euros", french_count(euros, "euros")))
    return say(clause(goods(draw), cost, Tense.PRESENT))


def price_with_cents(draw: Draw) -> Text:
    """The bread costs one euro twenty. / Le pain coûte un euro vingt."""
    noun = draw.noun("food", "drink", "snack", "paper")
    what = noun_phrase(noun, draw.one(["the", "this"]), plural=not noun.is_mass and draw.chance(0.4))
    euros, cents = draw.number(1, 12), 10 * draw.number(1, 9)
    unit = "euros" if euros > 1 else "euro"
    # "quatre-vingts" keeps its s: the cents end the number
    total = Text(
        f"{english_number(euros)} {unit} {english_number(cents)}",
        f"{french_number(euros)} {unit} {french_number(cents)}",
    )
    return say(clause(what, Action(draw.use("cost"), tail=total), Tense.PRESENT))


def would_like(draw: Draw) -> Text:
    """I would like some bread, please. / Je voudrais du pain, s'il vous plaît."""
    noun = draw.noun("food", "drink", "snack", "garment", "paper")
    many = not noun.is_mass and draw.chance(0.3)
    determiner = draw.one(["some" if noun.is_mass or many else "a", "this"])
    what = noun_phrase(noun, determiner, plural=many)
    opening = draw.one((Text("I would like", "je voudrais"), Text("we would like", "nous voudrions")))
    return say(opening + what + PLEASE)


def quantity(draw: Draw) -> Text:
    """He is buying a bottle of water. / Il achète une bouteille d'eau."""
    tense = draw.one([Tense.PROGRESSIVE, Tense.PAST, Tense.FUTURE, Tense.NEAR])
    noun = draw.noun("food", "drink", "snack")
    verb = draw.one(["buy", "order", "bring", "drink" if "drink" in noun.kinds else "eat"])
    return say(clause(subject(draw), Action(draw.use(verb), tail=amount(draw, noun)), tense))


def shopping_list(draw: Draw) -> Text:
    """I need a kilo of apples, some bread and two bottles of wine. / J'ai besoin ..."""
    nouns: list[Noun] = []
    while len(nouns) < draw.number(2, 5):
        noun = draw.noun("food", "drink", "snack")
        if noun not in nouns:
            nouns.append(noun)
    items = [
        amount(draw, noun) if draw.chance(0.5) else noun_phrase(noun, "some", plural=not noun.is_mass)
        for noun in nouns
    ]
    verb = draw.use(draw.one(["buy", "order", "bring", "want"]))
    tense = Tense.PRESENT if verb.base == "want" else draw.one([Tense.PAST, Tense.FUTURE, Tense.NEAR])
    return say(clause(subject(draw), Action(verb, tail=listing(items, AND)), tense))


def too_expensive(draw: Draw) -> Text:
    """This coat is too expensive. / Ce manteau est trop cher."""
    noun = draw.noun(*GOODS, "food", "place", "person", "vehicle", "text")
    what = noun_phrase(noun, draw.one(["this", "the"]), plural=not noun.is_mass and draw.chance(0.3))
    adjective = draw.adjective_for(noun.kinds, graded=True)
    return say(what + copula(what) + draw.word("degree") + described(what, adjective))


def in_colour(draw: Draw) -> Text:
    """Do you have this shirt in blue? / Est-ce que vous avez cette chemise en bleu ?"""
    colour = draw.adjective_for(frozenset({"colour"}))
    what = noun_phrase(draw.noun("garment", "furniture"), "this", plural=draw.chance(0.4))
    return ask(
        Text("do you have", "est-ce que vous avez")
        + what
        + Text(f"in {colour.english}", f"en {colour.masculine}")
    )


def gift_for(draw: Draw) -> Text:
    """I am looking for a book for my sister. / Je cherche un livre pour ma sœur."""
    tense = draw.one([Tense.PROGRESSIVE, Tense.PAST, Tense.NEAR])
    thing = some_object(draw, draw.noun("small", "garment", "text", "plant"))
    verb = draw.use(draw.one(["buy", "look for", "choose"]))
    return say(clause(subject(draw), Action(verb, thing, tail=Text("for", "pour") + someone(draw)), tense))


def paid(draw: Draw) -> Text:
    """Paul paid thirty euros for this hat. / Paul a payé trente euros pour ce chapeau."""
    euros = draw.number(2, 400)
    who = subject(draw)
    cost = Action(
        draw.use("pay"),
        tail=Text(f"{english_number(euros)} euros for", f"{french_count(euros, 'euros')} pour") + goods(draw),
    )
    return say(clause(who, cost, draw.one([Tense.PAST, Tense.FUTURE])))


def enough_money(draw: Draw) -> Text:
    """I do not have enough money to buy this car. / Je n'ai pas assez d'argent pour acheter cette voiture."""
    noun = draw.noun("garment", "furniture", "vehicle", "machine", "instrument")
    have = Action(
        draw.use("have"),
        tail=Text("enough money to buy", "assez d'argent pour acheter") + some_object(draw, noun, plain=True),
    )
    return say(clause(subject(draw), have, Tense.PRESENT, draw.one((NOT, NOT, NOTHING))))


def no_more(draw: Draw) -> Text:
    """There is no more bread. / Il n'y a plus de pain."""
    noun = draw.noun("food", "drink", "snack", "garment", "paper")
    words = Text(noun.singular, noun.french) if noun.is_mass else Text(noun.plural, noun.french_plural)
    opening = Text(f"there {'is' if noun.is_mass else 'are'} no more", "il n'y a plus de")
    where = draw.one((Text("in the shop", "dans le magasin"), Text("at home", "à la maison"), NOTHING))
    return say(opening + words + where)


def costs_more(draw: Draw) -> Text:
    """The lamp costs more than the mirror. / La lampe coûte plus cher que le miroir."""
    noun = draw.noun(*GOODS)
    first, second = (
        the(noun, plural=draw.chance(0.3)),
        the(draw.other_noun(noun, *GOODS), plural=draw.chance(0.3)),
    )
    more = draw.one((Text("more than", "plus cher que"), Text("less than", "moins cher que")))
    return say(clause(first, Action(draw.use("cost"), tail=more + second), Tense.PRESENT))


PATTERNS = (
    Pattern(asks_price),
    Pattern(price, 1.2),
    Pattern(price_with_cents, 0.8),
    Pattern(would_like, 1.2),
    Pattern(quantity),
    Pattern(shopping_list),
    Pattern(too_expensive, 1.2),
    Pattern(in_colour, 0.4),
    Pattern(gift_for),
    Pattern(paid, 0.8),
    Pattern(enough_money, 0.8),
    Pattern(no_more, 0.4),
    Pattern(costs_more, 0.8),
)

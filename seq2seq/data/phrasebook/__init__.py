"""The built-in English-French corpus: our own lexicon and grammar, seeded, any size.

The road of a sentence: the tables in `words/` → `lexicon` (one value a word) → `phrase` (noun phrases)
and `clause` (verbs in both languages) → `patterns/` (one function a sentence pattern) → `corpus`
(distinct sentences, the split, the files).

Adding a word is a line in a table. Adding a pattern is a function of a few lines and its name in the
`PATTERNS` of its module.

Conventions, so that one English sentence has exactly one French one:

- "you" is a polite "vous", one man; "I" and "they" are masculine.
- The simple past is the passé composé, "used to" and "was" are the imparfait, "will" is the futur,
  "going to" is "aller" with an infinitive. The progressive form is the present.
- English is British. French keeps the spelling from before the reform of 1990.
- Apostrophes are plain ('). A plain space stands before "?", "!", ":" and ";". There are no hidden spaces.
"""

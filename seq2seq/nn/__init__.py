"""The networks: equations in, one decoding step out.

One alphabet for every shape, batch always first:
`B` sentences, `K` hypotheses a sentence (beam), `R` = B·K rows, the hypotheses of a sentence side
by side, `S` source pieces, `T` target pieces, `E` embedding, `H` hidden, `M` memory, `A` attention
units, `V` vocabulary.
"""

"""Measurements of the lecture: what a recurrent network can remember, and why.

Each trains small networks with the one `fit`, made of the same cells as the translator, and
returns numbers that it can write as a table, a chart and JSON.
"""

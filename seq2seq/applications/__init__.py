"""The lecture's other programs, made of the same networks, loop and search as the translator."""

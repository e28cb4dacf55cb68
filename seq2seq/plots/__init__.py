"""Charts as values, drawn in one place: as a file by Matplotlib, or as text for a terminal."""

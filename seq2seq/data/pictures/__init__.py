"""Pictures of two coloured shapes with their captions: drawn by us, seeded, any number."""

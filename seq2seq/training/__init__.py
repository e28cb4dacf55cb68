"""From batches to a trained model: updates, validation, checkpoints, journal."""

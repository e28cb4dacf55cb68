"""From a model that can take one step to finished hypotheses."""

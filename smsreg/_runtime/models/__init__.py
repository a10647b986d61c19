"""The base classes of the models, and how responses become models."""

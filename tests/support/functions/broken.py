"""A module that cannot be imported."""

raise RuntimeError("secret detail of the import")

"""Judge what the templates say: a rule and its check stand together, in a module per subject."""

"""Hold callers, models and the whole deployment to their budgets, in counters of a DynamoDB table.

Everything but :mod:`chat.budget.ledger` and :mod:`chat.budget.writes` is pure. Without a budget nothing of
this package is imported.
"""

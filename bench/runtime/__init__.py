"""What streaming from AWS's own Python runtime costs, beside its alternatives: ``make bench-runtime``.

One interleaved run. Every alternative is a function in a process of its own, started as Lambda starts it,
against a Runtime API and a Bedrock that this package brings; `bench/README.md` says what is measured.
"""

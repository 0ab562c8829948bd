"""Tell at the end of a request who used how much: the record, its counts, its price and its spans.

Nothing here is loaded before the client has its answer.
"""

"""Keep streams in a DynamoDB table, so that a client can come back for the rest, follow, or cancel.

``lambda_streaming`` knows the name of :mod:`kept` alone, and loads it only where STREAM_STORE_TABLE names a
table; this package imports that one, and not the other way round. The rows and the decisions are plain values
(:mod:`rows`, :mod:`batches`, :mod:`owner`); the clock, the threads and the socket are in :mod:`recorder`,
:mod:`follow` and :mod:`table`.
"""

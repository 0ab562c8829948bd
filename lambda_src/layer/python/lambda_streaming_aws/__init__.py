"""Sign and send requests to AWS without the SDK, for the chat function and the store of streams.

A cold start pays for these modules only when something imports them.
"""

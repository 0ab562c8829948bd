"""Convert client requests to ConverseStream, and its events to client streams: one module per wire format.

Each has ``read(request)``, which returns a :class:`chat.converse.model_call.ModelCall` or raises a 400 that
names the field.
"""

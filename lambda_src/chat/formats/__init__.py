"""A module per format: what its clients send to what Bedrock is asked, and the answer to what they read.

Each has ``read(request)``, which returns a :class:`chat.call.Call` or raises a 400 that names the field.
"""

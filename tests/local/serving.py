"""Offer the gateway and its templates to the tests of this folder."""

from tests.support.gateway import CACHE, PATIENCE, Client, Gate, GatedFunction, Serving
from tests.support.templates import FUNCTIONS, LAYER, ROOT, application, function, integration, template

__all__ = [
    "CACHE",
    "FUNCTIONS",
    "LAYER",
    "PATIENCE",
    "ROOT",
    "Client",
    "Gate",
    "GatedFunction",
    "Serving",
    "application",
    "function",
    "integration",
    "template",
]

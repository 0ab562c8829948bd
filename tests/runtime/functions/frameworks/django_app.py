"""Django: a `StreamingHttpResponse` of each kind, and a file of a form, for ASGI and WSGI."""

from __future__ import annotations

import django
import lambda_streaming
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

from tests.runtime.functions.frameworks.parts import events, events_async, received

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="of these tests", DEBUG=False)
django.setup()


def stream(request: HttpRequest) -> StreamingHttpResponse:
    asynchronous = hasattr(request, "scope")
    body = events_async() if asynchronous else events()
    return StreamingHttpResponse(body, content_type="text/event-stream")


def upload(request: HttpRequest) -> HttpResponse:
    name, file = request.POST["name"], request.FILES["file"]
    return HttpResponse(received(name, file.read()), content_type="text/plain")


urlpatterns = [path("stream", stream), path("upload", upload)]
app = get_asgi_application()
handler = lambda_streaming.asgi(app)
application = get_wsgi_application()
synchronous = lambda_streaming.wsgi(application)

"""For WSGI servers and the ``flask`` command: the application, built."""

from application import create_app

app = create_app()

"""The WSGI entry point: `gunicorn wsgi:app`."""

from portal.app import create_app, freeze_after_start

app = create_app()
freeze_after_start()

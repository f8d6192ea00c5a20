"""What the product calls itself where others may look on: tabs, the history of a browser, the list
of mails, the lock screen of a phone, a calendar, an authenticator app.

Its real name tells whoever holds a worker's phone what the worker does, and so whom they may know.
"""

from dataclasses import dataclass

from flask import current_app


@dataclass(frozen=True)
class Product:
    """The neutral name of this installation, and the drawing beside it."""

    name: str
    icon: str  # a file of ours
    accent: str = ""  # the colour of buttons and links, of static/accents.css; empty: ours

    @property
    def slug(self) -> str:
        """The name in letters that an identifier may have."""
        return "".join(
            letter for letter in self.name.lower() if letter.isascii() and letter.isalnum()
        )


def product() -> Product:
    """How the installation that answers is called."""
    settings = current_app.config["SETTINGS"]
    return Product(settings.product_name, f"{settings.product_icon}.svg", settings.accent)

"""`manage.py issuer_keys [--add | --withdraw KEY]`: the keys that credentials are signed with, newest first."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from challenges.credentials import keys
from challenges.home import write_private
from portfolio.credentials.issuer import key_file, signing_keys


class Command(BaseCommand):
    """Show them, add one that signs from now on, or withdraw one whose signatures are to be believed no more."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One change at a time."""
        change = parser.add_mutually_exclusive_group()
        change.add_argument("--add", action="store_true", help="a new key signs; the others still verify")
        change.add_argument("--withdraw", metavar="KEY", help="what this key has signed is refused from now on")

    def handle(self, *args: object, add: bool, withdraw: str | None, **options: object) -> None:
        """Do it, and show what is left."""
        signing_keys()
        kept = key_file().read_bytes()
        if add:
            write_private(key_file(), keys.added(kept))
        elif withdraw:
            write_private(key_file(), self.without(kept, withdraw))
        for place, key in enumerate(signing_keys()):
            self.stdout.write(f"{key.kid}  {'verifies' if place else 'signs'}")

    def without(self, kept: bytes, key: str) -> bytes:
        """The keys without one. Raises CommandError."""
        try:
            left = keys.withdrawn(kept, key)
        except KeyError as missing:
            raise CommandError(f"There is no key {key}.") from missing
        if not keys.private_keys(left):
            raise CommandError("This is the only key. Add another one first.")
        return left

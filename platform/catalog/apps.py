from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _

from catalog.checks import challenges_are_whole


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = _("Challenges")

    def ready(self) -> None:
        from catalog.materials import offer_challenges

        register(challenges_are_whole)
        offer_challenges()

from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _

from skills.checks import the_map_is_whole


class SkillsConfig(AppConfig):
    name = "skills"
    verbose_name = _("Skills")

    def ready(self) -> None:
        register(the_map_is_whole)

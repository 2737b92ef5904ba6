from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _


class InterviewsConfig(AppConfig):
    name = "interviews"
    verbose_name = _("Interview practice")

    def ready(self) -> None:
        from career.search import PLACES
        from interviews.bank.bank import entries
        from interviews.bank.checks import the_bank_is_whole
        from interviews.desk.checks import the_desk_is_whole
        from interviews.materials import questions_about
        from skills.materials import FINDERS, Sort

        register(the_bank_is_whole)
        register(the_desk_is_whole)
        FINDERS[Sort.QUESTION] = questions_about
        PLACES.append(entries)

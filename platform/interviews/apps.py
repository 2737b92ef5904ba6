from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _


class InterviewsConfig(AppConfig):
    name = "interviews"
    verbose_name = _("Interview practice")

    def ready(self) -> None:
        from career.search import PLACES
        from interviews.bank.checks import the_bank_is_whole
        from interviews.desk.checks import the_desk_is_whole
        from interviews.drills.checks import the_drills_are_whole
        from interviews.materials import designs_about, drills_about, practice, questions_about
        from interviews.own.checks import the_own_questions_are_whole
        from skills.materials import FINDERS, Sort

        for check in (the_bank_is_whole, the_drills_are_whole, the_desk_is_whole, the_own_questions_are_whole):
            register(check)
        FINDERS[Sort.DRILL] = drills_about
        FINDERS[Sort.DESIGN] = designs_about
        FINDERS[Sort.QUESTION] = questions_about
        PLACES.append(practice)

"""What is asked before a trial begins."""

from django import forms
from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from challenges.spec import ChallengeSpec
from grader.errors import EntryRejected
from grader.wording import say
from submissions.forms import is_refused_without_data
from submissions.models import Submission
from submissions.trials.intake import NoTrialsLeft, TrialStillOpen, climb_upload, compare
from submissions.trials.models import Trial

OTHERS = 3  # more could take longer than the queue gives a task
NONE_LEFT = _("No trials are left today. Earlier ones are freed after 24 hours.")


class LadderForm(forms.Form):
    """A float model."""

    file = forms.FileField(
        label=_("Model file"),
        allow_empty_file=True,  # the grader refuses it in words of its own
        error_messages={"required": _("Choose a model file first.")},
    )

    def climb(self, owner: User, spec: ChallengeSpec) -> Trial | None:
        """Begin the trial. None, and an error on the form, if it is refused."""
        if not self.is_valid() or is_refused_without_data(self, spec):
            return None
        try:
            return climb_upload(owner, spec, self.cleaned_data["file"])
        except EntryRejected as rejection:
            sentence = say(rejection.code, rejection.params, get_language() or "en")
            self.add_error("file", [sentence.message, sentence.hint])
        except TrialStillOpen as still_open:
            words = _(
                'One trial at a time: <a href="{}">the one that is open</a> has to end before the next can begin.'
            )
            self.add_error(None, format_html(str(words), still_open.trial.get_absolute_url()))
        except NoTrialsLeft:
            self.add_error(None, NONE_LEFT)
        return None


class CompareForm(forms.Form):
    """The same model in other formats."""

    others = forms.ModelMultipleChoiceField(
        Submission.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one entry to compare with.")},
    )

    def __init__(self, submission: Submission, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.submission = submission
        self.fields["others"].queryset = Submission.objects.in_other_formats(submission)  # type: ignore[attr-defined]

    def clean_others(self) -> QuerySet[Submission]:
        """Not more than one trial can measure."""
        others: QuerySet[Submission] = self.cleaned_data["others"]
        if len(others) > OTHERS:
            raise forms.ValidationError(_("Choose at most %(most)s entries to compare with."), params={"most": OTHERS})
        return others

    def compare(self) -> Trial:
        """Begin the trial. Raises TrialStillOpen, NoTrialsLeft."""
        return compare([self.submission, *self.cleaned_data["others"]])

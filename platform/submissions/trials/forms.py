"""What is asked before a trial begins."""

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from challenges.spec import ChallengeSpec
from grader.errors import EntryRejected
from grader.wording import say
from submissions.forms import is_refused_without_data
from submissions.models import Submission
from submissions.trials.intake import climb_upload, compare
from submissions.trials.models import Trial


class LadderForm(forms.Form):
    """A float model."""

    file = forms.FileField(
        label=_("Model file"),
        allow_empty_file=True,  # the grader refuses it in words of its own
        error_messages={"required": _("Choose a model file first.")},
    )

    def climb(self, owner: User, spec: ChallengeSpec) -> Trial | None:
        """Begin the trial. None, and an error on the form, if the file is refused. Raises TrialStillOpen."""
        if not self.is_valid() or is_refused_without_data(self, spec):
            return None
        try:
            return climb_upload(owner, spec, self.cleaned_data["file"])
        except EntryRejected as rejection:
            sentence = say(rejection.code, rejection.params, get_language() or "en")
            self.add_error("file", [sentence.message, sentence.hint])
        return None


class CompareForm(forms.Form):
    """The same model in other formats."""

    others = forms.ModelMultipleChoiceField(
        Submission.objects.none(),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, submission: Submission, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.submission = submission
        self.fields["others"].queryset = Submission.objects.in_other_formats(submission)  # type: ignore[attr-defined]

    def compare(self) -> Trial:
        """Begin the trial. Raises TrialStillOpen."""
        return compare([self.submission, *self.cleaned_data["others"]])

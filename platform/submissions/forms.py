"""The upload form."""

from uuid import uuid4

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from catalog.absent import absent
from challenges.spec import Spec
from grader.errors import EntryRejected
from grader.wording import say
from submissions.intake import NoAttemptsLeft, receive
from submissions.models import Submission

NO_ATTEMPTS = _("No attempts are left for this challenge today. Earlier ones are freed after 24 hours.")


def is_refused_without_data(form: forms.Form, spec: Spec) -> bool:
    """Put an error on the form if the challenge's data is not on this machine: nothing could be measured."""
    missing = absent(spec)
    if missing:
        form.add_error(None, [missing.message, missing.hint])
    return missing is not None


class UploadForm(forms.Form):
    """One model file. The key is drawn with the form, so that sending it twice hands in once."""

    file = forms.FileField(
        label=_("Model file"),
        allow_empty_file=True,  # the grader refuses it in words of its own
        error_messages={"required": _("Choose a model file first.")},
    )
    upload_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def hand_in(self, owner: User, spec: Spec) -> Submission | None:
        """Queue the upload. None, and an error on the form, if it is refused."""
        if not self.is_valid() or is_refused_without_data(self, spec):
            return None
        try:
            return receive(owner, spec, self.cleaned_data["file"], self.cleaned_data["upload_key"])
        except EntryRejected as rejection:
            sentence = say(rejection.code, rejection.params, get_language() or "en")
            self.add_error("file", [sentence.message, sentence.hint])
        except NoAttemptsLeft:
            self.add_error(None, NO_ATTEMPTS)
        return None

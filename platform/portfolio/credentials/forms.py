"""What somebody wants to have verified."""

import hashlib

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from challenges.credentials.tokens import LARGEST_BYTES

IMAGE_BYTES = 2 * 2**20


class VerifyForm(forms.Form):
    """A credential, and what it is to be compared with."""

    file = forms.FileField(
        label=_("The credential's file (.jwt, .svg, .png)"), required=False, max_length=200, allow_empty_file=True
    )
    text = forms.CharField(
        label=_("or its text"),
        required=False,
        max_length=LARGEST_BYTES,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )
    email = forms.EmailField(
        label=_("E-mail address of whoever shows it to you (optional)"),
        help_text=_("It is compared with the digest in the credential, and not kept."),
        required=False,
    )
    model = forms.FileField(
        label=_("The model file (optional)"),
        help_text=_("Its SHA-256 is compared. It is not opened, and not kept."),
        required=False,
        max_length=200,
        allow_empty_file=True,
    )

    def clean(self) -> None:
        """One of the two has to be there."""
        super().clean()
        file = self.cleaned_data.get("file")
        if not file and not self.cleaned_data.get("text"):
            raise ValidationError(_("Choose the credential's file, or paste its text."))
        if file and file.size > IMAGE_BYTES:
            self.add_error("file", _("This file is too large to be a credential."))

    @property
    def given(self) -> bytes:
        """What the credential is in."""
        file = self.cleaned_data["file"]
        data: bytes = file.read() if file else self.cleaned_data["text"].encode()
        return data

    @property
    def sha256(self) -> str:
        """Of the model file, if there is one."""
        file = self.cleaned_data["model"]
        return hashlib.file_digest(file, "sha256").hexdigest() if file else ""

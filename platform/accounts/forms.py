"""Changes to allauth's forms."""

from typing import Any

from allauth.account.forms import LoginForm


class SignInForm(LoginForm):
    """Without the link to a forgotten password inside a field: the page offers it, where mail can be sent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""

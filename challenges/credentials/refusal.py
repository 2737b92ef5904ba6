"""Why a credential is not believed."""


class Refused(Exception):
    """`code` names the sentence `credential_<code>` in challenges/wording, `params` fill it."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

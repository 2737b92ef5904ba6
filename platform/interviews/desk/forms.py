"""What a reader sets on the desk: the inputs of the budget, and the judgement of their own design."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.forms import BoundField
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from msgspec.structs import asdict

from career.forms import named
from interviews.desk.budget import Inputs
from interviews.desk.devices import WIDTHS, devices
from interviews.desk.quantities import parsed, percent, plain, rate, si, size
from interviews.desk.scenarios import Section
from interviews.grades import GradeField

WEIGHT_BITS, ACTIVATION_BITS = (4, 8, 16, 32), (8, 16, 32)


class QuantityField(forms.CharField):
    """A number with a unit, as an engineer writes it; cleaned to the base unit, within [least, most]."""

    def __init__(
        self,
        *,
        written: Callable[[float], str],
        unit: str = "",
        bare_prefix: str = "",
        least: float = 0,
        most: float,
        whole: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(max_length=32, **kwargs)
        self.written, self.unit, self.bare_prefix = written, unit, bare_prefix
        self.least, self.most, self.whole = least, most, whole
        self.widget.attrs.update(autocomplete="off", spellcheck="false")

    def prepare_value(self, value: Any) -> Any:
        """A number becomes a quantity; what was typed stays as it was."""
        return value if value is None or isinstance(value, str) else self.written(value)

    def clean(self, value: Any) -> Any:
        """In the base unit. Raises ValidationError in words."""
        text = super().clean(value)
        try:
            number = parsed(text, self.unit, self.bare_prefix)
        except ValueError:
            example = self.written(self.least or self.most / 2)
            raise forms.ValidationError(
                _("Write a quantity such as %(example)s."), params={"example": example}
            ) from None
        if not (math.isfinite(number) and self.least <= number <= self.most):
            allowed = {"least": self.written(self.least), "most": self.written(self.most)}
            raise forms.ValidationError(_("It has to lie between %(least)s and %(most)s."), params=allowed)
        return round(number) if self.whole else number


def elements(label: Any, help_text: Any, most: float = 1e12, least: float = 0) -> QuantityField:
    """A field that counts."""
    return QuantityField(written=si, label=label, help_text=help_text, least=least, most=most, whole=True)


def bits(label: Any, offered: Sequence[int]) -> forms.TypedChoiceField:
    """A field for a width."""
    return forms.TypedChoiceField(label=label, choices=[(width, str(width)) for width in offered], coerce=int)


def seconds(label: Any) -> QuantityField:
    """A field for a time; a bare number means milliseconds."""
    return QuantityField(
        written=lambda value: si(value, "s"),
        unit="s",
        bare_prefix="m",
        label=label,
        most=60,
        help_text=_("A bare number means ms."),
    )


class BudgetForm(forms.Form):
    """The assumptions behind a design. What is typed may be half a number; then there is no budget yet."""

    macs = elements(
        _("MACs per inference"),
        _("Multiply-accumulates: half of the operations that papers often count."),
        1e15,
        1,
    )
    parameters = elements(_("Parameters"), "", least=1)
    weight_bits = bits(_("Weight bits"), WEIGHT_BITS)
    activation_bits = bits(_("Activation bits"), ACTIVATION_BITS)
    peak_elements = elements(_("Activations alive at once"), _("Elements, at the worst moment."))
    traffic_elements = elements(
        _("Activations read and written"),
        _("Elements of one inference, each time that they cross the memory bus."),
    )
    device = forms.ChoiceField(label=_("Device"), choices=lambda: named(devices()))
    utilisation = QuantityField(
        written=percent,
        unit="%",
        least=0.0001,
        most=1,
        label=_("Share of the peak that is reached"),
        help_text=_("An assumption until you have measured it."),
    )
    overhead_bytes = QuantityField(
        written=size,
        unit="B",
        most=2**40,
        whole=True,
        label=_("RAM of the runtime and the program"),
        help_text=_("For example 64 KiB."),
    )
    pre_s = seconds(_("Pre-processing"))
    post_s = seconds(_("Post-processing"))
    tail = QuantityField(
        written=plain,
        least=1,
        most=100,
        label=_("95th percentile ÷ computed latency"),
        help_text=_("An assumption until you have measured it."),
    )
    per_second = QuantityField(
        written=rate,
        unit="/s",
        least=1e-4,
        most=1e5,
        label=_("Inferences per second"),
        help_text=_("While active; all streams together."),
    )
    duty = QuantityField(written=percent, unit="%", least=1e-4, most=1, label=_("Share of the time active"))
    rest_w = QuantityField(
        written=lambda value: si(value, "W"),
        unit="W",
        most=1000,
        label=_("Power of the rest of the system"),
        help_text=_("Sensor, radio, host: all the time."),
    )
    battery_wh = QuantityField(
        written=lambda value: si(value, "Wh"),
        unit="Wh",
        most=1e5,
        label=_("Usable battery capacity"),
        help_text=_("0 Wh where there is none."),
    )

    GROUPS = (
        (
            _("The model"),
            ("macs", "parameters", "weight_bits", "activation_bits", "peak_elements", "traffic_elements"),
        ),
        (_("The device"), ("device", "utilisation", "overhead_bytes")),
        (_("The pipeline"), ("pre_s", "post_s", "tail", "per_second", "duty")),
        (_("Power"), ("rest_w", "battery_wh")),
    )

    def __init__(self, data: Mapping[str, Any] | None, start: Inputs) -> None:
        self.start = start
        super().__init__(data, initial=asdict(start), label_suffix="")

    def clean(self) -> dict[str, Any]:
        """The device has to have kernels of the chosen widths."""
        cleaned = super().clean() or {}
        device = devices().get(cleaned.get("device", ""))
        for name in ("weight_bits", "activation_bits"):
            width = cleaned.get(name)
            if device and width and not device.computes(width):
                widest = max(one for one in WIDTHS if device.computes(one))
                words = _("%(device)s computes with %(bits)d bits at most.")
                self.add_error(name, words % {"device": device.name[get_language() or "en"], "bits": widest})
        return cleaned

    def inputs(self) -> Inputs | None:
        """What is set: the start as long as nothing is, None if it cannot be computed."""
        if not self.is_bound:
            return self.start
        return Inputs(**self.cleaned_data) if self.is_valid() else None

    def groups(self) -> Iterator[tuple[str, Sequence[BoundField]]]:
        """The fields as the page groups them."""
        for title, names in self.GROUPS:
            yield str(title), [self[name] for name in names]


def as_query(inputs: Inputs) -> str:
    """A query string that puts these inputs into the calculator."""
    form = BudgetForm(None, inputs)
    return urlencode({field.name: field.value() for field in form})


class ReviewForm(forms.Form):
    """For every part of the canvas, how good one finds it by the rubric."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for section in Section:
            self.fields[section.value] = GradeField()

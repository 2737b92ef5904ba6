"""What readers tell of themselves: the inventory, the role that they aim for, and what their offer depends on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from django import forms
from django.forms import BoundField
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from career.salary import Placement, Region, regions
from career.targets import targets
from challenges.tables import Bilingual
from skills.map import Skill, Tier, skill_map

NOT_YET = 0


class InventoryForm(forms.Form):
    """For every skill of the map, what one can do today. Answers may be left out."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for skill in skill_map().skills.values():
            self.fields[skill.id] = forms.TypedChoiceField(
                label=skill.name[get_language() or "en"],
                choices=choices(skill),
                coerce=int,
                empty_value=None,
                required=False,
                widget=forms.RadioSelect,
            )

    def by_tier(self) -> Iterator[tuple[Tier, Sequence[tuple[Skill, BoundField]]]]:
        """The questions as the page groups them."""
        for tier, skills in skill_map().by_tier():
            yield tier, [(skill, self[skill.id]) for skill in skills]

    @property
    def levels(self) -> Mapping[str, int]:
        """What was answered."""
        return {skill: level for skill, level in self.cleaned_data.items() if level is not None}


def choices(skill: Skill) -> Sequence[tuple[int, str]]:
    """Not yet, and what each level can do."""
    language = get_language() or "en"
    return [(NOT_YET, str(_("Not yet"))), *((n, words[language]) for n, words in enumerate(skill.levels, 1))]


class GoalForm(forms.Form):
    """The role that one aims for."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        offered = targets()
        roles, domains = named(offered.seniorities), named(offered.domains)
        self.fields["seniority"] = forms.ChoiceField(label=_("Role"), choices=roles, widget=forms.RadioSelect)
        self.fields["domain"] = forms.ChoiceField(label=_("Domain"), choices=domains, widget=forms.RadioSelect)


class PlacementForm(forms.Form):
    """What an offer depends on. Everything has an answer to begin with, so the page can be looked at without any."""

    years = forms.FloatField(label=_("Years of experience"), min_value=0, max_value=50, initial=4)
    deployments = forms.IntegerField(label=_("Edge models shipped in products"), min_value=0, max_value=999, initial=0)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.label_suffix = ""
        domains = [("", _("None in particular")), *named(targets().domains)]
        self.fields["domain"] = forms.ChoiceField(label=_("Domain knowledge"), choices=domains, required=False)
        if len(regions()) > 1:
            self.fields["region"] = forms.ChoiceField(label=_("Region"), choices=named(regions()), required=False)

    @property
    def region(self) -> Region:
        """The chosen region, or the first one."""
        chosen = self.cleaned_data.get("region") if self.is_bound and self.is_valid() else ""
        return regions()[chosen or next(iter(regions()))]

    def placement(self) -> Placement | None:
        """Where the reader stands. None as long as the form does not say it."""
        if not self.is_bound or not self.is_valid():
            return None
        return Placement(
            years=self.cleaned_data["years"],
            shipped=self.cleaned_data["deployments"] > 0,
            knows_domain=self.cleaned_data["domain"] in self.region.raising_domains,
        )


class Named(Protocol):
    """Something with a name in both languages."""

    @property
    def name(self) -> Bilingual: ...


def named(offered: Mapping[str, Named]) -> Sequence[tuple[str, str]]:
    """Tables of content as choices, by their names in the reader's language."""
    return [(key, one.name[get_language() or "en"]) for key, one in offered.items()]

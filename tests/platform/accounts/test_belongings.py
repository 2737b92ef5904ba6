"""What belongs to a person: every model that hangs on people has its place."""

# ruff: noqa: DJ008  models of a test need no names

import re

import pytest
from django.apps import apps
from django.db import models
from django.test.utils import isolate_apps

from accounts.belongings import paths_to
from accounts.export import ABOUT_OTHERS, SECRETS
from accounts.models import User

LOOKS_SECRET = re.compile("pass|secret|token|digest|salt|key|hash")
NO_SECRETS = {"upload_key"}  # the number of a form, good for nothing else


@isolate_apps("accounts")
def test_a_row_is_theirs_whom_it_names_or_else_theirs_who_own_what_it_hangs_on() -> None:
    class Owner(models.Model):
        class Meta:
            app_label = "accounts"

    class Thing(models.Model):
        owner = models.ForeignKey(Owner, models.CASCADE)
        former_owner = models.ForeignKey(Owner, models.SET_NULL, null=True, related_name="+")

        class Meta:
            app_label = "accounts"

    class Part(models.Model):
        thing = models.OneToOneField(Thing, models.CASCADE, related_name="+")

        class Meta:
            app_label = "accounts"

    class Remark(models.Model):
        author = models.ForeignKey(Owner, models.CASCADE)
        thing = models.ForeignKey(Thing, models.CASCADE)

        class Meta:
            app_label = "accounts"

    class Letter(models.Model):
        sender = models.ForeignKey(Owner, models.CASCADE, related_name="sent")
        receiver = models.ForeignKey(Owner, models.CASCADE, related_name="received")
        readers = models.ManyToManyField(Owner, related_name="+")

        class Meta:
            app_label = "accounts"

    assert paths_to(Owner) == {
        Thing: ["owner"],
        Remark: ["author"],
        Letter: ["sender", "receiver"],
        Letter.readers.through: ["owner"],
        Part: ["thing__owner"],
    }


@pytest.mark.parametrize("model", apps.get_models(include_auto_created=True), ids=lambda model: model._meta.label)
def test_every_model_that_hangs_on_people_has_a_place(model: type[models.Model]) -> None:
    places = paths_to(User)
    links = [field for field in model._meta.fields if field.related_model in {User, *places}]

    # A link that is set to null instead leaves the row: decide what it tells about the person, and say so here
    assert not links or model in places


def test_no_column_that_looks_secret_is_exported() -> None:
    columns = {field.name for model in [User, *paths_to(User)] for field in model._meta.fields}
    shown = columns - SECRETS - ABOUT_OTHERS - NO_SECRETS

    assert {name for name in shown if LOOKS_SECRET.search(name)} == set()

"""How an answer was."""

from django import forms

from interviews.grades import GradeField


class JudgeForm(forms.Form):
    """Weak, fair or strong."""

    grade = GradeField()

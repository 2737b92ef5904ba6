"""Karui's grader: how good is this compressed model? A library without Django, queue or database."""

import os

# Linux wheels of ONNX Runtime 1.30 and later send telemetry unless told not to before they load.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

"""The site's own settings, and one empty page more."""

from fulcrum.settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.urls"

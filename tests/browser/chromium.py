"""Which Chromium to use."""

import os
import shutil
from pathlib import Path

from playwright.sync_api import Playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find(playwright: Playwright) -> str | None:
    """`CHROMIUM`, else one on the PATH, or Playwright's own; None where there is none."""
    own = playwright.chromium.executable_path
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), own)
    return found if Path(found).exists() else None

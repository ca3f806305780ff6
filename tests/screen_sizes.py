"""The two screens that the browser tests look at."""

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1440, "height": 900}

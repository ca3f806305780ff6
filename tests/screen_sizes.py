"""The two screens that the browser tests look at, and how long they wait for the desk."""

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1440, "height": 900}
PATIENCE = 60_000  # the desk loads megabytes of scripts; a busy machine takes its time

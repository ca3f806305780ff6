"""Log files: `logs/<module>.log` in the site's folder."""

import logging
import os
from logging.handlers import RotatingFileHandler

import frappe


def get_logger(module=None, with_more_info=False, allow_site=True, **options) -> logging.Logger:
    module, folder = module or "frappe", os.path.abspath(frappe.get_site_path("logs"))
    logger = logging.getLogger(f"{module}-{folder}")
    if not logger.handlers:
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, f"{module}.log")
        handler = RotatingFileHandler(path, maxBytes=1_000_000, backupCount=5, delay=True, encoding="utf-8")
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        logger.addHandler(handler)
        logger.propagate = False
        logger.setLevel(logging.WARNING)
    return logger

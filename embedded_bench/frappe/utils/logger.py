"""Log files: `logs/<module>.log` in the site's folder, else standard error."""

from __future__ import annotations

import logging
import os
from logging.handlers import RotatingFileHandler

import frappe


def get_logger(
    module=None,
    with_more_info=False,
    allow_site=True,
    filter=None,
    max_size=1_000_000,
    file_count=5,
    stream_only=False,
) -> logging.Logger:
    """Return the logger of a module on this site."""
    module = module or "frappe"
    site = getattr(frappe.local, "site", None) if allow_site else None
    logger = logging.getLogger(f"{module}-{os.path.abspath(frappe.local.site_path) if site else 'all'}")
    if not logger.handlers:
        handler: logging.Handler = logging.StreamHandler()
        if site and not stream_only and os.path.isdir(frappe.local.site_path):
            os.makedirs(frappe.get_site_path("logs"), exist_ok=True)
            handler = RotatingFileHandler(
                frappe.get_site_path("logs", f"{module}.log"),
                maxBytes=max_size,
                backupCount=file_count,
                delay=True,
                encoding="utf-8",
            )
        handler.setFormatter(logging.Formatter(f"%(asctime)s %(levelname)s {site or ''} %(message)s"))
        logger.addHandler(handler)
        logger.propagate = False
        logger.setLevel(logging.WARNING)
    return logger


logger = get_logger

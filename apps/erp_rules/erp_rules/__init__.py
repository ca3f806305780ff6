"""A purchasing, subcontracting and payables regulation, enforced clause by clause on Frappe v15."""

__version__ = "1.0.0"

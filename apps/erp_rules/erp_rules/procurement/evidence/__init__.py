"""The evidence pack of an order: everything that stands behind it, in one file that anybody can check."""

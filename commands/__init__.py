"""The commands behind `./erp`: start, demo, test and install."""

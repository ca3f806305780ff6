"""The demo company: its data, and the story that `./erp demo` tells with it."""

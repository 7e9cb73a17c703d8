"""Word lists as data files, each with its source, and what reads them."""

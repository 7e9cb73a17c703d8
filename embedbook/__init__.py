"""What the notebooks of *Rows of Meaning* import: embedding tables, and what can be measured on them.

Start at :mod:`embedbook.tables` (a file of numbers becomes rows with names), then :mod:`embedbook.geometry`
(arithmetic on those rows). Importing this package loads nothing else.
"""

__version__ = "0.1.0"

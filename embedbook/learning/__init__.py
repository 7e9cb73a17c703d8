"""How rows are learned: a corpus with known structure, five small models, their runs, and recovery scores.

``corpus``, ``counts`` and ``recovery`` need numpy only; ``training`` and ``untouched`` read what was trained before,
and need torch to train; ``models`` needs torch.
"""

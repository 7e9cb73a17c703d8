"""How rows are learned: a corpus with known structure, small models, training with snapshots, and recovery scores.

``corpus`` and ``recovery`` need numpy only; ``model`` and ``training`` need torch.
"""

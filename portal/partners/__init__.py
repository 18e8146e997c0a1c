"""Partners: who sells for us and who works there.

Organizations with dated values, their people and accounts, tiers, supply relations, territories and the way in.
Every query of the rooms above starts from what this room says a viewer may see.
"""

"""Channel partner portal with gamification: claims, incentives, ledger, rewards, exact to the cent."""

__version__ = "0.1.0"
